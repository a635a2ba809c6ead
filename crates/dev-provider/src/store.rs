//! The sessions, codes, tokens and used client assertions of the provider.

use std::collections::{BTreeSet, HashMap};

use crate::{parameters::Parameters, random, used_assertions::UsedAssertions};

/// The session of a browser at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) username: String,
    /// The `sid` claim (OpenID Connect Front-Channel Logout 1.0 section 3). It differs from the
    /// value of the cookie, which is secret.
    pub(crate) sid: String,
    pub(crate) auth_time: u64,
    /// The ids of the clients that the user consented to.
    pub(crate) consented: BTreeSet<String>,
    /// The ids of the clients that got a code in this session.
    pub(crate) clients: BTreeSet<String>,
}

/// What a user granted to a client. The code and all tokens that result from it contain it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The same for all tokens that result from one code, so that they can be ended together.
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) username: String,
    pub(crate) sid: String,
    pub(crate) auth_time: u64,
    pub(crate) acr: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Vec<String>,
    /// The resources that were named at the authorization (RFC 8707 section 2.1).
    pub(crate) resources: Vec<String>,
}

impl Grant {
    pub(crate) fn includes(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }
}

/// An authorization request that a client has pushed (RFC 9126).
#[derive(Clone, Debug)]
pub(crate) struct PushedRequest {
    pub(crate) client_id: String,
    pub(crate) parameters: Parameters,
    pub(crate) expires_at: u64,
    /// Whether a browser has arrived with it. From then on, only the forms of the provider's pages repeat
    /// it.
    pub(crate) is_used: bool,
}

#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    pub(crate) expires_at: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    /// The scope of the grant, or a part of it.
    pub(crate) scope: Vec<String>,
    /// The API that accepts the token. `None` for the userinfo endpoint.
    pub(crate) audience: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    /// When it was rotated. It is still stored after that, to detect its reuse.
    pub(crate) rotated_at: Option<u64>,
}

impl RefreshToken {
    /// Whether it was rotated at least `grace` seconds ago.
    pub(crate) fn is_reuse(&self, now: u64, grace: u64) -> bool {
        self.rotated_at
            .is_some_and(|rotated_at| now.saturating_sub(rotated_at) >= grace)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    sessions: HashMap<String, Session>,
    pushed_requests: HashMap<String, PushedRequest>,
    codes: HashMap<String, Code>,
    access_tokens: HashMap<String, AccessToken>,
    refresh_tokens: HashMap<String, RefreshToken>,
    used_assertions: UsedAssertions,
}

impl Store {
    /// Starts a session and returns the value of its cookie.
    pub(crate) fn start_session(&mut self, username: &str, now: u64) -> String {
        let session = Session {
            username: username.to_owned(),
            sid: random::token(),
            auth_time: now,
            consented: BTreeSet::new(),
            clients: BTreeSet::new(),
        };
        insert(&mut self.sessions, session)
    }

    pub(crate) fn session(&self, cookie: &str) -> Option<&Session> {
        self.sessions.get(cookie)
    }

    pub(crate) fn session_mut(&mut self, cookie: &str) -> Option<&mut Session> {
        self.sessions.get_mut(cookie)
    }

    /// Ends a session and returns it.
    pub(crate) fn end_session(&mut self, cookie: &str) -> Option<Session> {
        self.sessions.remove(cookie)
    }

    /// Ends the sessions to which this applies, and returns them.
    pub(crate) fn end_sessions(&mut self, applies: impl Fn(&Session) -> bool) -> Vec<Session> {
        let ended = self.sessions.extract_if(|_, session| applies(session));
        ended.map(|(_, session)| session).collect()
    }

    pub(crate) fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Stores a pushed request and returns the last part of its `request_uri`.
    pub(crate) fn push_request(&mut self, request: PushedRequest) -> String {
        insert(&mut self.pushed_requests, request)
    }

    pub(crate) fn pushed_request_mut(&mut self, id: &str) -> Option<&mut PushedRequest> {
        self.pushed_requests.get_mut(id)
    }

    pub(crate) fn issue_code(&mut self, code: Code) -> String {
        insert(&mut self.codes, code)
    }

    /// Removes a code, because it can only be used once, even if the request is refused (RFC 6749
    /// section 4.1.2).
    pub(crate) fn take_code(&mut self, code: &str) -> Option<Code> {
        self.codes.remove(code)
    }

    /// Stores an access token that is a JWT.
    pub(crate) fn add_access_token(&mut self, text: String, token: AccessToken) {
        self.access_tokens.insert(text, token);
    }

    /// Makes and stores an opaque access token, and returns its text.
    pub(crate) fn issue_access_token(&mut self, token: AccessToken) -> String {
        insert(&mut self.access_tokens, token)
    }

    pub(crate) fn access_token(&self, token: &str) -> Option<&AccessToken> {
        self.access_tokens.get(token)
    }

    pub(crate) fn remove_access_token(&mut self, token: &str) {
        self.access_tokens.remove(token);
    }

    pub(crate) fn issue_refresh_token(&mut self, token: RefreshToken) -> String {
        insert(&mut self.refresh_tokens, token)
    }

    pub(crate) fn refresh_token(&self, token: &str) -> Option<&RefreshToken> {
        self.refresh_tokens.get(token)
    }

    pub(crate) fn refresh_token_mut(&mut self, token: &str) -> Option<&mut RefreshToken> {
        self.refresh_tokens.get_mut(token)
    }

    /// Remembers a client assertion, and returns whether it was new.
    pub(crate) fn use_assertion(
        &mut self,
        client_id: &str,
        jti: &str,
        expires_at: u64,
        now: u64,
    ) -> bool {
        self.used_assertions.insert(client_id, jti, expires_at, now)
    }

    /// Removes all tokens of a grant.
    pub(crate) fn end_grant(&mut self, id: &str) {
        self.access_tokens.retain(|_, token| token.grant.id != id);
        self.refresh_tokens.retain(|_, token| token.grant.id != id);
    }
}

fn insert<T>(map: &mut HashMap<String, T>, value: T) -> String {
    let key = random::token();
    map.insert(key.clone(), value);
    key
}
