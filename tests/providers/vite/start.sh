#!/bin/sh
# Settings are listed in server.mjs.
cd "$(dirname "$0")" && exec node server.mjs
