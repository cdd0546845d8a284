# Sourced by ./demo and ./test: makes .venv from a lock file, and only again when that file changed.
# Usage: bootstrap runtime|test   (the test lock holds everything the runtime lock holds, at the same versions)
# The locks are complete, so nothing is left for a resolver to decide: --no-deps.

_say() { printf '%s\n' "$*" >&2; }

_find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

_digest() { "$1" -c 'import hashlib, sys; print(hashlib.sha256(b"".join(open(p, "rb").read() for p in sys.argv[1:])).hexdigest())' "${@:2}"; }

# Byte code once, here: neither pip nor a start with PYTHONDONTWRITEBYTECODE leaves any for an editable install, and
# compiling on every start costs a second. A stale or missing file is never wrong, only slower.
_compile() { .venv/bin/python -m compileall -q src/communique >/dev/null 2>&1 || true; }

bootstrap() {
    local kind=$1 lock python want start
    lock=requirements.lock
    [ "$kind" = test ] && lock=requirements-test.lock
    python=$(_find_python) || {
        _say "communique needs Python 3.11 or newer with the venv module; none was found on PATH."
        return 1
    }
    want=$(_digest "$python" "$lock" pyproject.toml)
    if [ -x .venv/bin/python ] && [ "$(cat ".venv/.lock-$kind" 2>/dev/null)" = "$want" ]; then
        _compile
        return 0
    fi
    start=$(date +%s)
    _say "Setting up .venv from $lock with $("$python" --version 2>&1) ..."
    if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        rm -rf .venv
        "$python" -m venv .venv || return 1
    fi
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    if command -v uv >/dev/null 2>&1; then
        UV_PYTHON_DOWNLOADS=never uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r "$lock" || return 1
    else
        .venv/bin/python -m pip install -q --no-input --no-deps --require-hashes -r "$lock" || return 1
    fi
    .venv/bin/python -m pip install -q --no-input --no-deps --no-build-isolation -e . || return 1
    _compile
    printf '%s' "$want" >".venv/.lock-$kind"
    [ "$kind" = test ] && _digest "$python" requirements.lock pyproject.toml | tr -d '\n' >.venv/.lock-runtime
    _say "Set up in $(($(date +%s) - start)) s, $(du -sm .venv | cut -f1) MB."
}
