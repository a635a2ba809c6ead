import { defineConfig } from 'vite';

const target = `http://${process.env.VITE_BACKEND}`;

export default defineConfig({
  server: {
    proxy: {
      '/auth': target,
      '/api': { target, ws: true },
      '/rewritten': {
        target,
        ws: true,
        rewriteWsOrigin: true,
        rewrite: path => path.replace('/rewritten', '/api'),
      },
    },
  },
});
