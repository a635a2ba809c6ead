// The registered clients. Each has the secret that its name suggests, or none.

const secretOf = (name) => Array(3).fill(`${name}-secret`).join('-');

export function clients(env, relyingParty) {
  const common = {
    redirect_uris: [env.RP_CALLBACK ?? `${relyingParty}/auth/callback`],
    post_logout_redirect_uris: [env.RP_POST_LOGOUT ?? `${relyingParty}/`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES384',
    ...(env.RP_BACKCHANNEL && {
      backchannel_logout_uri: env.RP_BACKCHANNEL,
      backchannel_logout_session_required: true,
    }),
  };
  const client = (client_id, more) => ({
    ...common,
    client_id,
    client_secret: secretOf(client_id),
    ...more,
  });
  // Characters that RFC 6749 section 2.3.1 encodes in the Authorization header.
  const reserved = { client_secret: 's3cr:et/%+ &=?~!*' };
  return [
    client('basic', { id_token_signed_response_alg: 'RS256' }),
    client('post', { token_endpoint_auth_method: 'client_secret_post' }),
    client('public', { token_endpoint_auth_method: 'none', client_secret: undefined }),
    client('basic:odd/%+ id', reserved),
    client('post:odd/%+ id', { token_endpoint_auth_method: 'client_secret_post', ...reserved }),
    client('ps256', { id_token_signed_response_alg: 'PS256' }),
    client('es256', { id_token_signed_response_alg: 'ES256' }),
    client('eddsa', { id_token_signed_response_alg: 'EdDSA' }),
    // Whoever asserts its identity by a JWT: with the secret, or with a key of CLIENT_KEYS.
    client('secret-jwt', { token_endpoint_auth_method: 'client_secret_jwt' }),
    ...['ES256', 'EdDSA', 'PS256'].map((alg) => client(`key-${alg.toLowerCase()}`, {
      client_secret: undefined,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: JSON.parse(env.CLIENT_KEYS ?? '{"keys":[]}'),
    })),
    // The subject of its certificate is its identity.
    client('certificate', {
      client_secret: undefined,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=certificate',
    }),
    client('par', { require_pushed_authorization_requests: true }),
    client('form-post', { response_modes: ['form_post'] }),
    client('hs256', { id_token_signed_response_alg: 'HS256' }),
    client('encrypted', {
      id_token_encrypted_response_alg: 'dir',
      id_token_encrypted_response_enc: 'A128CBC-HS256',
    }),
    client('signed-userinfo', { userinfo_signed_response_alg: 'ES384' }),
  ];
}
