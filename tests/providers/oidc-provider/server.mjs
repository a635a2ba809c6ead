// npm's oidc-provider on a free loopback port, for tests. One process, configured by environment variables:
//
//   RP_BASE        the relying party's origin; RP_CALLBACK and RP_POST_LOGOUT if not at the
//                  defaults, RP_BACKCHANNEL for back-channel logout
//   PORT           a fixed port
//   ISSUER_PATH    mounts the provider, such as at /tenant/one
//   TLS_CERT, TLS_KEY  PEM; the issuer is then https on a second port, and the first one stands
//                  for a browser's TLS connections
//   ACR            the authentication context class of every sign-in
//   CLAIM_GROUPS   the length of the claim `groups`, 36 bytes each
//   AT_TTL ID_TTL CODE_TTL RT_TTL SESSION_TTL GRANT_TTL  lifetimes in seconds
//   ID_ALGORITHMS, CLIENT_AUTH, RESPONSE_MODES  instead of all that it supports, separated by spaces
//   CLIENT_KEYS    the JWK Set of the clients that authenticate by a key
//   ROTATE=0 PAR=required JAR=required PKCE=optional
//
// It prints one line of JSON when it listens. A test controls it by /__control/… on a separate port:
//
//   stop, start                    refuses connections meanwhile, and keeps its state
//   fault?path=/token&answer=html  the faulty response for this path, until heal
//   heal
//   rotate?keep=1&when=signing     new keys now, or at the next token request; keep publishes
//                                  the old ones too
//   requests                       counts by path, faulted ones included
//   client-requests                how each request of a client was authenticated, with its form,
//                                  its route and the status of the answer

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createProvider } from './provider.mjs';
import { faults } from './faults.mjs';
import { generateKeys } from './keys.mjs';

const { env } = process;

async function listen(server, port) {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server.address().port;
}

const control = http.createServer(steer);
const controlPort = await listen(control, 0);
const plain = http.createServer();
const plainPort = await listen(plain, Number(env.PORT ?? 0));
const tls = env.TLS_CERT && https.createServer({ cert: env.TLS_CERT, key: env.TLS_KEY });
const origin = tls ? `https://localhost:${await listen(tls, 0)}` : `http://127.0.0.1:${plainPort}`;
const mount = env.ISSUER_PATH ?? '';
const issuer = origin + mount;

const requests = {};
const clientRequests = [];
let keys;
let provider;
let rotateWhenSigning;
let fault;

function publish(published) {
  keys = published;
  provider = createProvider({
    env,
    issuer,
    relyingParty: env.RP_BASE ?? 'http://localhost:3000',
    keys,
    onClientRequest: (request) => clientRequests.push(request),
  }).callback();
}

async function rotate(keep) {
  const fresh = await generateKeys();
  publish(keep ? [...fresh, ...keys] : fresh);
}

const controls = {
  stop: async () => {
    const closed = once(plain.close(), 'close');
    plain.closeAllConnections();
    await closed;
  },
  start: async () => { await listen(plain, plainPort); },
  fault: (query) => { fault = Object.fromEntries(query); },
  heal: () => { fault = undefined; },
  rotate: async (query) => {
    const keep = query.get('keep') === '1';
    if (query.get('when') === 'signing') rotateWhenSigning = { keep };
    else await rotate(keep);
  },
  requests: () => requests,
  'client-requests': () => clientRequests,
};

async function steer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://control');
  const result = await controls[pathname.slice('/__control/'.length)](searchParams);
  response.end(JSON.stringify(result ?? null));
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, origin);
  if (!pathname.startsWith(mount)) {
    response.writeHead(404).end();
    return;
  }
  const path = pathname.slice(mount.length);
  requests[path] = (requests[path] ?? 0) + 1;
  if (fault?.path === path && !searchParams.has('followed')) {
    faults[fault.answer](response, `${pathname}?followed`);
    return;
  }
  if (path === '/token' && rotateWhenSigning) {
    const { keep } = rotateWhenSigning;
    rotateWhenSigning = undefined;
    await rotate(keep);
  }
  // How frameworks tell an application its mount path.
  request.originalUrl = request.url;
  request.url = request.url.slice(mount.length);
  request.headers['x-forwarded-proto'] = tls ? 'https' : 'http';
  provider(request, response);
}

publish(await generateKeys());
plain.on('request', answer);
if (tls) tls.on('request', answer);
const address = (port) => `127.0.0.1:${port}`;
console.log(JSON.stringify({
  ev: 'listening', issuer, plain: address(plainPort), control: address(controlPort),
}));
