// Signing keys, one for each algorithm; a rotation replaces them all.

import { exportJWK, generateKeyPair } from 'jose';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
let generation = 0;

export async function generateKeys() {
  generation += 1;
  return Promise.all(ALGORITHMS.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), use: 'sig', alg, kid: `${alg}-${generation}` };
  }));
}
