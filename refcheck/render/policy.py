# SPDX-License-Identifier: GPL-2.0-only
"""What a page that stands alone may load: nothing but its own style and script, which are named by their digests."""

import base64
import hashlib


def policy(css: str, js: str = "") -> str:
    """The Content-Security-Policy of a page with this style, and this script if it has one."""
    script = f"script-src {_digest(js)}; " if js else ""
    return f"default-src 'none'; style-src {_digest(css)}; {script}img-src data:; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
