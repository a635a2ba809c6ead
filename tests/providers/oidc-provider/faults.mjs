// What a provider may answer that is none.

const DRIP_MILLISECONDS = 20;

export const faults = {
  unavailable: (response) => response.writeHead(503).end(),
  html: (response) => response
    .writeHead(200, { 'content-type': 'text/html' })
    .end('<!doctype html><title>Down for maintenance</title>'),
  // Whoever follows gets what the provider would have answered.
  redirect: (response, location) => response.writeHead(307, { location }).end(),
  silence: () => {},
  // Never idle, and never done.
  drip: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), DRIP_MILLISECONDS);
    response.on('close', () => clearInterval(timer));
  },
};
