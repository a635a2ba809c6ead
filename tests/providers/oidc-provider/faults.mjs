// Faulty responses.

const DRIP_MILLISECONDS = 20;

export const faults = {
  unavailable: (response) => response.writeHead(503).end(),
  html: (response) => response
    .writeHead(200, { 'content-type': 'text/html' })
    .end('<!doctype html><title>Down for maintenance</title>'),
  // A client that follows gets the correct response.
  redirect: (response, location) => response.writeHead(307, { location }).end(),
  silence: () => {},
  // Never idle, and never complete.
  drip: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), DRIP_MILLISECONDS);
    response.on('close', () => clearInterval(timer));
  },
};
