#!/bin/sh
# Settings are listed in emulator.py.
cd "$(dirname "$0")" && exec python3 emulator.py
