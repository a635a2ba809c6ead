function show(id, text) {
  document.getElementById(id).textContent = text;
}

/** Shows what the application says by a WebSocket. */
function listen(id, host) {
  const socket = new WebSocket(`ws://${host}/api/socket`);
  socket.onmessage = ({ data }) => show(id, `${id}: ${data}`);
  socket.onerror = () => show(id, `${id}: refused`);
}

const answer = await fetch('/auth/session');
const { authenticated, claims } = await answer.json();
show('user', authenticated ? `Signed in as ${claims.sub}` : 'Not signed in');
listen('proxied', location.host);
listen('direct', import.meta.env.VITE_BACKEND);
