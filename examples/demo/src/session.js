// Shows at once that the session has ended, wherever it was ended: asks every two seconds, and loads the page again.
setInterval(async () => {
  const answer = await fetch("/auth/session");
  if (answer.ok && !(await answer.json()).authenticated) {
    location.reload();
  }
}, 2000);
