#!/bin/sh
# panva oidc-provider 9.13.3 on http://127.0.0.1:${PORT:-9100}; PORT=0 takes a free port, named by the issuer in the line with "ev":"listening". Env: ISSUER RP_BASE RP_CALLBACK RP_EXTRA_CALLBACKS RP_POST_LOGOUT RP_BACKCHANNEL AT_TTL ID_TTL RT_TTL CODE_TTL SESSION_TTL GRANT_TTL CLAIM_GROUPS ROTATE=0 ALWAYS_RT=1 PAR=required PKCE=optional CONFORM_ID_TOKEN=1 DYNREG=1
# control: SIGHUP or GET /__rotate?keep=1 (new keys first, old kept), SIGUSR2 or /__rotate (old keys dropped), /__stats (request counts), /__fault?path=/token&status=503&times=2&delay=0
cd "$(dirname "$0")" && exec node server.mjs
