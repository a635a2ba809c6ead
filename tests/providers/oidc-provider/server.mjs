// Real OP under test: panva oidc-provider (certified). One process, everything by env.
import { once } from 'node:events';
import http from 'node:http';
import { Provider } from 'oidc-provider';
import { generateKeyPair, exportJWK } from 'jose';

const E = process.env;
// Listens before anything else: with PORT=0 the issuer is known only then.
const server = http.createServer().listen(+(E.PORT ?? 9100), '127.0.0.1');
await once(server, 'listening');
const ISSUER = E.ISSUER ?? `http://127.0.0.1:${server.address().port}`;
const RP = E.RP_BASE ?? 'http://127.0.0.1:3000';
const n = (k, d) => +(E[k] ?? d);
const CALLBACK = E.RP_CALLBACK ?? `${RP}/callback`;
const POST_LOGOUT = E.RP_POST_LOGOUT ?? `${RP}/`;
const BACKCHANNEL = E.RP_BACKCHANNEL; // e.g. http://127.0.0.1:3000/backchannel-logout

let gen = 0;
async function key(alg) {
  const opt = alg.startsWith('RS') ? { modulusLength: 2048, extractable: true } : { extractable: true };
  const { privateKey } = await generateKeyPair(alg, opt);
  return { ...(await exportJWK(privateKey)), use: 'sig', alg, kid: `${alg}-${gen}` };
}
async function keyset() { gen++; return { keys: [await key('RS256'), await key('ES384')] }; }
let jwks = await keyset();

const RESOURCES = { 'https://api.one.example': 'read write', 'https://api.two.example': 'read admin' };
const scope = 'openid profile email phone address offline_access read write admin';
const common = {
  redirect_uris: [CALLBACK, ...(E.RP_EXTRA_CALLBACKS?.split(",") ?? []), `${RP}/api/logto/sign-in-callback`, `${RP}/auth/callback`],
  post_logout_redirect_uris: [POST_LOGOUT, RP],
  grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope,
  ...(BACKCHANNEL ? { backchannel_logout_uri: BACKCHANNEL, backchannel_logout_session_required: true } : {}),
};
const clients = [
  { client_id: 'basic', client_secret: 'basic-secret-basic-secret-basic-secret', token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'RS256', ...common },
  { client_id: 'post', client_secret: 'post-secret-post-secret-post-secret', token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'basic:odd/%+ id', client_secret: 's3cr:et/%+ &=?~!*', token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'jwt', client_secret: 'jwt-secret-jwt-secret-jwt-secret-32bytes!', token_endpoint_auth_method: 'client_secret_jwt', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'public', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'par', client_secret: 'par-secret-par-secret-par-secret', require_pushed_authorization_requests: true, token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'signed-userinfo', client_secret: 'su-secret-su-secret-su-secret', token_endpoint_auth_method: 'client_secret_basic', userinfo_signed_response_alg: 'ES384', id_token_signed_response_alg: 'ES384', ...common },
  { client_id: 'api', client_secret: 'api-secret', redirect_uris: [], response_types: [], grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_basic' },
];

function make() {
  const p = new Provider(ISSUER, {
    clients, jwks,
    cookies: { keys: ['panva-test'] },
    pkce: { required: () => E.PKCE !== 'optional' },
    conformIdTokenClaims: E.CONFORM_ID_TOKEN === '1',
    claims: { openid: ['sub', 'sid'], profile: ['name', 'nickname', 'picture', 'updated_at', 'locale', 'groups'], email: ['email', 'email_verified'], phone: ['phone_number'], address: ['address'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'HS256'],
      userinfoSigningAlgValues: ['RS256', 'ES384'],
    },
    scopes: ['openid', 'offline_access', 'read', 'write', 'admin'],
    findAccount: async (_ctx, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id, name: `User ${id}`, nickname: id, email: `${id}@example.com`, email_verified: true, phone_number: '+1 555',
        updated_at: 1700000000, locale: 'sv-SE', picture: 'https://example.com/p.png', address: { locality: 'Umeå' },
        groups: Array.from({ length: n('CLAIM_GROUPS', 3) }, (_, i) => `group-${String(i).padStart(4, '0')}`), // CLAIM_GROUPS=500 -> huge id_token/claims
      }),
    }),
    rotateRefreshToken: E.ROTATE !== '0',
    issueRefreshToken: async (_ctx, client, code) => client.grantTypeAllowed('refresh_token') && (code.scopes.has('offline_access') || E.ALWAYS_RT === '1'),
    ttl: {
      AccessToken: () => n('AT_TTL', 60), IdToken: () => n('ID_TTL', 60), AuthorizationCode: () => n('CODE_TTL', 60),
      RefreshToken: () => n('RT_TTL', 86400), Session: () => n('SESSION_TTL', 86400), Grant: () => n('GRANT_TTL', 86400),
      Interaction: () => 600, ClientCredentials: () => 60,
    },
    features: {
      devInteractions: { enabled: true },
      userinfo: { enabled: true }, jwtUserinfo: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      revocation: { enabled: true, allowedPolicy: async () => true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: E.PAR === 'required' },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true }, dPoP: { enabled: true }, deviceFlow: { enabled: false }, claimsParameter: { enabled: true },
      registration: { enabled: E.DYNREG === '1' },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => undefined,
        useGrantedResource: async () => false,
        getResourceServerInfo: async (_ctx, r) => {
          if (!(r in RESOURCES)) { const { errors } = await import('oidc-provider'); throw new errors.InvalidTarget(); }
          return { scope: RESOURCES[r], audience: r, accessTokenFormat: 'jwt', accessTokenTTL: n('AT_TTL', 60), jwt: { sign: { alg: 'ES384' } } };
        },
      },
    },
    // allow http loopback fetches (backchannel logout)
    ...(BACKCHANNEL ? { fetch: (url, { dispatcher, ...o }) => fetch(url, o) /* drop the SSRF-guard dispatcher: loopback RP */ } : {}),
  });
  for (const ev of ['server_error', 'authorization.error', 'grant.error', 'backchannel.error', 'backchannel.success', 'grant.revoked', 'pushed_authorization_request.error'])
    p.on(ev, (...a) => { const err = a.find((x) => x instanceof Error); console.log(JSON.stringify({ ev, err: err?.error, d: err?.error_description ?? err?.message, cause: err?.cause?.code ?? err?.cause?.message, stack: ev === 'server_error' ? err?.stack : undefined })); });
  return p;
}
let provider = make();
let cb = provider.callback();
const stats = {};
async function rotate(keep) {
  const fresh = await keyset();
  jwks = keep ? { keys: [...fresh.keys, ...jwks.keys] } : fresh; // keep: old keys stay published
  // state lives in a process-wide in-memory adapter, so the fresh Provider keeps sessions/grants
  provider = make(); cb = provider.callback();
  console.log(JSON.stringify({ ev: 'rotated', keep, kids: jwks.keys.map((k) => k.kid) }));
  return jwks.keys.map((k) => k.kid);
}
process.on('SIGHUP', () => rotate(true));
process.on('SIGUSR2', () => rotate(false));

let fault = null; // POST /__fault?path=/token&status=503&times=2&delay=0
server.on('request', async (req, res) => {
  const u = new URL(req.url, ISSUER);
  if (u.pathname === '/__rotate') return res.end(JSON.stringify(await rotate(u.searchParams.get('keep') === '1')));
  if (u.pathname === '/__stats') return res.end(JSON.stringify(stats));
  if (u.pathname === '/__fault') { fault = { path: u.searchParams.get('path'), status: +(u.searchParams.get('status') ?? 503), times: +(u.searchParams.get('times') ?? 1), delay: +(u.searchParams.get('delay') ?? 0), body: u.searchParams.get('body') ?? '' }; return res.end('ok'); }
  stats[`${req.method} ${u.pathname.replace(/interaction\/[^/]+/, 'interaction/*').replace(/auth\/.+/, 'auth/*')}`] = (stats[`${req.method} ${u.pathname.replace(/interaction\/[^/]+/, 'interaction/*').replace(/auth\/.+/, 'auth/*')}`] ?? 0) + 1;
  if (fault && fault.times > 0 && u.pathname === fault.path) {
    fault.times--; if (fault.delay) await new Promise((r) => setTimeout(r, fault.delay));
    if (fault.status) { res.statusCode = fault.status; return res.end(fault.body); }
  }
  cb(req, res);
});
console.log(JSON.stringify({ ev: 'listening', issuer: ISSUER, kids: jwks.keys.map((k) => k.kid) }));
