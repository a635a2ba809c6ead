// A Provider of oidc-provider with every feature that a relying party may encounter.

import { createHash, X509Certificate } from 'node:crypto';
import { errors, Provider } from 'oidc-provider';
import MemoryAdapter, { setStorage } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { clients } from './clients.mjs';

const RESOURCES = {
  'https://api.one.example': 'read write',
  'https://api.two.example': 'read admin',
};

// Where the client authenticates itself.
const CLIENT_ROUTES = ['token', 'introspection', 'revocation', 'pushed_authorization_request'];

// A subclass shares one store among all Providers of the process, so that sessions, codes and
// grants survive a rotation of the keys.
class SharedAdapter extends MemoryAdapter {}

// The default store evicts what a thousand users need.
setStorage(new Map());

// Different for each index, and incompressible, like the UUIDs of real directories.
const group = (index) => createHash('sha256').update(String(index)).digest('hex').slice(0, 32);

// What a proxy in front of the provider, at which TLS ends, says of the connection.
const certificateOf = (ctx) => {
  const der = ctx.get('x-client-certificate');
  return der ? new X509Certificate(Buffer.from(der, 'base64')) : undefined;
};

export function createProvider({ env, issuer, relyingParty, keys, onClientRequest }) {
  const number = (name, usual) => Number(env[name] ?? usual);
  const provider = new Provider(issuer, {
    adapter: SharedAdapter,
    clients: clients(env, relyingParty),
    jwks: { keys },
    cookies: { keys: ['oidc-provider-for-tests'] },
    pkce: { required: () => env.PKCE !== 'optional' },
    // Claims of scopes are in the ID token, as with most providers.
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'sid'],
      profile: ['name', 'nickname', 'picture', 'updated_at', 'locale', 'groups'],
      email: ['email', 'email_verified'],
      phone: ['phone_number'],
      address: ['address'],
    },
    acrValues: env.ACR ? [env.ACR] : [],
    clientAuthMethods: env.CLIENT_AUTH?.split(' ')
      ?? ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['HS256', 'ES256', 'EdDSA', 'PS256'],
      idTokenSigningAlgValues: env.ID_ALGORITHMS?.split(' ')
        ?? ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'HS256'],
      userinfoSigningAlgValues: ['RS256', 'ES384'],
    },
    scopes: ['openid', 'offline_access', 'read', 'write', 'admin'],
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `User ${sub}`,
        nickname: sub,
        email: `${sub}@example.com`,
        email_verified: true,
        phone_number: '+1 555',
        updated_at: 1700000000,
        locale: 'sv-SE',
        picture: 'https://example.com/p.png',
        address: { locality: 'Umeå' },
        groups: Array.from({ length: number('CLAIM_GROUPS', 3) }, (_, index) => group(index)),
      }),
    }),
    rotateRefreshToken: env.ROTATE !== '0',
    ttl: {
      AccessToken: number('AT_TTL', 60),
      IdToken: number('ID_TTL', 60),
      AuthorizationCode: number('CODE_TTL', 60),
      RefreshToken: number('RT_TTL', 86_400),
      Session: number('SESSION_TTL', 86_400),
      Grant: number('GRANT_TTL', 86_400),
      Interaction: 600,
    },
    features: {
      devInteractions: { enabled: true },
      userinfo: { enabled: true },
      jwtUserinfo: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: env.PAR === 'required',
      },
      requestObjects: { enabled: true, requireSignedRequestObject: env.JAR === 'required' },
      encryption: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      mTLS: {
        enabled: env.CLIENT_AUTH === 'tls_client_auth',
        tlsClientAuth: true,
        getCertificate: (ctx) => certificateOf(ctx)?.toString(),
        certificateAuthorized: (ctx) => ctx.get('x-client-verify') === 'SUCCESS',
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_subject_dn' && certificateOf(ctx).subject === expected,
      },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => false,
        getResourceServerInfo: (_ctx, audience) => {
          const scope = RESOURCES[audience];
          if (!scope) throw new errors.InvalidTarget();
          return { scope, audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES384' } } };
        },
      },
    },
    // Its own fetch refuses loopback addresses, where the relying party of a test listens.
    ...(env.RP_BACKCHANNEL && { fetch: (url, { dispatcher, ...options }) => fetch(url, options) }),
  });

  // The scheme of the port with TLS; see server.mjs.
  provider.proxy = true;
  provider.use(async (ctx, next) => {
    await next();
    const route = ctx.oidc?.route;
    if (CLIENT_ROUTES.includes(route)) {
      const authorization = ctx.get('authorization') || null;
      onClientRequest({ route, status: ctx.status, authorization, form: ctx.oidc.body });
    }
    if (route === 'discovery' && env.RESPONSE_MODES) {
      ctx.body = { ...ctx.body, response_modes_supported: env.RESPONSE_MODES.split(' ') };
    }
  });
  // The sign-in page sets no `acr`.
  const finish = provider.interactionFinished.bind(provider);
  provider.interactionFinished = (request, response, result, options) => {
    if (env.ACR && result.login) result.login.acr = env.ACR;
    return finish(request, response, result, options);
  };
  provider.on('server_error', (_ctx, error) => console.error(error));
  return provider;
}
