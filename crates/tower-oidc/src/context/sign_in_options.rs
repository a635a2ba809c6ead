//! What the application asks of a sign-in.

use std::time::Duration;

use relying_party::{AuthorizationRequest, ClaimsRequest, Provider};

use crate::origin::passed_parameters::PassedParameters;
use crate::origin::sign_in_query::SignInQuery;
use crate::provider::Registration;
use crate::session::after_refusal::AfterRefusal;
use crate::sign_in::request_parameters::{IdTokenHint, RequestParameters};
use crate::sign_in::step_up::{DemandedSignIn, acr_values};
use crate::sign_in::transaction::Transaction;

/// What a sign-in asks for.
#[derive(Clone, Default)]
pub(crate) struct SignInOptions {
    /// The id of the provider; not checked yet.
    pub(crate) provider: Option<String>,
    /// Not checked yet.
    pub(crate) return_to: Option<String>,
    /// The page that asks for the sign-in, if it is not the sign-in route; not checked yet.
    pub(crate) own_path: Option<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<String>,
    pub(crate) expected_sub: Option<String>,
    /// The issuer of that user; without one it is the registered issuer, which is no template then: a
    /// handler's sign-in with a hint without an issuer does not start at a provider of several tenants.
    pub(crate) expected_iss: Option<String>,
    /// The refusal that asks for it.
    pub(crate) after_refusal: Option<AfterRefusal>,
    /// The parameter of the link that asks for it, if guards demand something; for a link that asks for the same.
    pub(crate) sealed_demands: Option<String>,
    /// The sign-up path asks for it.
    pub(crate) is_sign_up: bool,
    pub(crate) parameters: RequestParameters,
}

impl SignInOptions {
    /// The same as `transaction` asked for.
    pub(crate) fn repeating(transaction: &Transaction) -> Option<Self> {
        Some(Self {
            // The callback that repeats it knows the provider.
            provider: None,
            return_to: transaction.return_to.clone(),
            own_path: None,
            max_age: transaction.max_age,
            acr_values: transaction.acr_values.clone(),
            expected_sub: transaction.expected_sub.clone(),
            expected_iss: transaction.expected_iss.clone(),
            after_refusal: transaction.after_refusal,
            sealed_demands: None,
            is_sign_up: false,
            parameters: transaction.parameters.clone()?,
        })
    }

    /// What a link to the sign-in asks for.
    pub(crate) fn asked_by(query: SignInQuery) -> Self {
        Self {
            return_to: query.return_to,
            after_refusal: query.after_refusal.then_some(AfterRefusal::Refused),
            is_sign_up: query.is_sign_up,
            parameters: RequestParameters {
                additional_prompt: query.prompt,
                login_hint: query.login_hint,
                ui_locales: query.ui_locales,
                extra: query.passed,
                ..RequestParameters::default()
            },
            ..Self::default()
        }
    }

    /// Asks this provider also for what guards demand.
    pub(crate) fn demand(&mut self, sealed: String, demanded: DemandedSignIn, provider: &Provider) {
        let DemandedSignIn {
            step_up,
            user,
            refusal,
        } = demanded;
        self.sealed_demands = Some(sealed);
        self.after_refusal = Some(refusal);
        // It replaces the provider's own setting, which may be shorter.
        let of_provider = provider.default_max_age();
        let shorter = |it: Duration| of_provider.map_or(it, |of_provider| it.min(of_provider));
        self.max_age = step_up.max_age.map(shorter);
        // The session may be used on every page, so it must have what every sign-in has.
        self.acr_values = acr_values(step_up.acr_values.as_deref(), provider.default_acr_values());
        self.parameters.scope = step_up.scope;
        let parameter = provider.organization_parameter_name();
        if let Some((name, id)) = parameter.zip(step_up.organization) {
            self.parameters.set_extra(name.to_owned(), id);
        }
        if let Some((iss, sub)) = user {
            self.expected_iss = Some(iss);
            self.expected_sub = Some(sub);
        }
    }

    /// The query of a link that asks for the same, apart from the page to come back to. A link may have the
    /// `allowed` parameters.
    pub(crate) fn as_query(&self, allowed: &PassedParameters) -> SignInQuery {
        let extra = self.parameters.extra.iter();
        SignInQuery {
            return_to: None,
            prompt: self.parameters.additional_prompt,
            login_hint: self.parameters.login_hint.clone(),
            ui_locales: self.parameters.ui_locales.clone(),
            passed: extra
                .filter(|(name, _)| allowed.allows(name))
                .cloned()
                .collect(),
            is_sign_up: self.is_sign_up,
            after_refusal: self.after_refusal.is_some(),
            demands: self.sealed_demands.clone(),
            replace_oldest: false,
        }
    }

    /// Has the transaction remember what was asked for at the provider with this issuer.
    pub(crate) fn demand_of(&self, transaction: &mut Transaction, registered_issuer: &str) {
        transaction.max_age = self.max_age;
        transaction.acr_values = self.acr_values.clone();
        let claims_request = self.parameters.claims_request.as_ref();
        transaction.claims_request = claims_request.map(ClaimsRequest::checked_part);
        if let Some((iss, sub)) = self.expected_user() {
            transaction.expected_sub = Some(sub);
            transaction.expected_iss = iss.filter(|iss| iss != registered_issuer);
        }
        transaction.after_refusal = self.after_refusal;
        transaction.parameters = Some(self.parameters.clone());
    }

    /// The user who must sign in. The provider must not answer an `id_token_hint` with another user
    /// than the hint's (OpenID Connect Core 1.0 section 3.1.2.2), and most providers ignore hints.
    ///
    /// Issuer, if it is known, and `sub`.
    fn expected_user(&self) -> Option<(Option<String>, String)> {
        let hint = self.parameters.id_token_hint.as_ref();
        match &self.expected_sub {
            Some(sub) => Some((self.expected_iss.clone(), sub.clone())),
            None => hint.and_then(IdTokenHint::user),
        }
    }

    /// Whether the `id_token_hint`, if there is one that can be read, is an ID token of this provider.
    pub(crate) fn hint_fits(&self, registration: &Registration) -> bool {
        let hint = self.parameters.id_token_hint.as_ref();
        let claims = hint.and_then(IdTokenHint::claims);
        claims.is_none_or(|it| registration.may_have_issued(it.iss().as_deref()))
    }

    pub(crate) fn request(&self) -> AuthorizationRequest {
        let mut request = self.parameters.to_request();
        if let Some(max_age) = self.max_age {
            request = request.max_age(max_age);
        }
        if let Some(acr_values) = &self.acr_values {
            request = request.acr_values(acr_values);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint_at(sub: &str) -> IdTokenHint {
        let part = |json: String| base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
        let header = part(r#"{"alg":"ES384"}"#.to_owned());
        let payload = part(format!(r#"{{"iss":"https://op.example","sub":"{sub}"}}"#));
        IdTokenHint::new(format!("{header}.{payload}.c2ln"))
    }

    #[test]
    fn the_user_of_a_hint_must_sign_in_unless_another_one_must() {
        let sub = |options: &SignInOptions| options.expected_user().map(|(_, sub)| sub);
        let mut options = SignInOptions::default();
        assert_eq!(sub(&options), None);

        options.parameters.id_token_hint = Some(hint_at("bob"));
        assert_eq!(sub(&options).as_deref(), Some("bob"));

        options.expected_sub = Some("alice".to_owned());
        assert_eq!(sub(&options).as_deref(), Some("alice"));

        options.expected_sub = None;
        options.parameters.id_token_hint = Some(IdTokenHint::new("a.b.c.d.e"));
        assert_eq!(sub(&options), None, "an encrypted one");
    }
}
