// Served without indentation and without lines like this one. The path is replaced by the configured one.
(() => {
  // `user`: whom the page belongs to; "" if nobody, or nobody any more, and then nothing is left to do.
  let user, at, end, due, tabs;
  // A browser that blocks storage may forbid channels. A message is only a reason to ask the server.
  try {
    tabs = new BroadcastChannel("auth");
    tabs.onmessage = () => user && ask();
  } catch {}
  const ask = async () => {
    at = Date.now();
    try {
      const detail = await (await fetch("/auth/session")).json();
      const { authenticated, claims, idleAt, now } = detail;
      if (authenticated == null || user === "") throw 0;
      // Another user counts too. The page loads again once, and begins anew with whoever is signed in then.
      const is = authenticated ? claims.iss + claims.sub : "", gone = user && user !== is;
      user = gone ? "" : is;
      user || tabs?.postMessage(0);
      if (gone && dispatchEvent(new CustomEvent("auth:signedout", { cancelable: true, detail }))) location.reload();
      // By the server's clock, because the browser's may be wrong.
      end = at + idleAt - now;
    } catch {
      // No answer says nothing about the user.
      end = Date.now() + 6e4;
    }
    wait();
  };
  const wait = () => {
    clearTimeout(due);
    if (user !== "") due = setTimeout(() => document.hidden && end > Date.now() ? wait() : ask(), Math.max(1e3, Math.min(6e4, end - Date.now())));
  };
  for (const it of ["focus", "pageshow", "visibilitychange"])
    addEventListener(it, () => user === "" || document.hidden || Date.now() - at < 1e3 || ask());
  ask();
})();
