// Vite's development server on a free port of 127.0.0.1, for tests. VITE_BACKEND is the host and port
// of the application behind it. It prints one line of JSON when it listens.

import { createServer } from 'vite';

const server = await createServer({
  clearScreen: false,
  logLevel: 'error',
  server: { host: '127.0.0.1', port: 0 },
});
await server.listen();
const { port } = server.httpServer.address();
console.log(JSON.stringify({ ev: 'listening', origin: `http://localhost:${port}` }));
