#!/bin/sh
# Makes .venv what uv.lock says, also on a machine that has no uv: `make` calls it when the lock file has changed.
set -eu

UV_VERSION=0.13.9

fail() {
    echo "orderloom: $1" >&2
    exit 1
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

if ! fits .venv/bin/python; then
    python=$(find_python)
    [ -n "$python" ] || fail "needs Python 3.11, 3.12 or 3.13; ${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>/dev/null || echo "not found"). Name one with PYTHON=..."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"
    echo "Setting up .venv from uv.lock, once; this takes about a minute." >&2
    "$python" -m venv --clear .venv
fi

if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d ' ' -f 2)" != "$UV_VERSION" ]; then
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install -qq --disable-pip-version-check "uv==$UV_VERSION"
fi

# Another active environment or an interpreter that uv would fetch must not come between the lock file and .venv.
unset VIRTUAL_ENV
# Compiled once: where Python may not write bytecode, each process of the stack would compile its libraries anew (3 s).
UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never .venv/bin/uv sync --frozen --quiet --compile-bytecode --python .venv/bin/python
