"""The page: a diagnosis as HTML that needs no network, no script and no other file; every word is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from ..core.errors import InputError
from ..core.printing import printable
from .finding import Finding, Skipped
from .settings import DiagnosisOptions

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 0 0 .4rem }
section { border-left: 5px solid #9dbfdd; padding: .2rem 0 .2rem 1rem; margin: 1.6rem 0; overflow-wrap: anywhere }
section.warning { border-color: #b3541e } section.worth-knowing { border-color: #d9a441 }
.badge { display: inline-block; font-size: .8rem; padding: 0 .5em; border: 1px solid currentColor; border-radius: 3px }
.warning .badge { color: #b3541e } .worth-knowing .badge { color: #7a5a12 } .fine .badge { color: #1f4e79 }
pre { background: #f2f5f8; padding: .5rem .7rem; white-space: pre-wrap; margin: .3rem 0 }
.name, .source, figcaption { color: #555; font-size: .85rem }
figure { margin: .6rem 0 } svg { max-width: 100%; height: auto }
table { border-collapse: collapse }
td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; font-weight: normal }
""".strip()


def page(findings: Sequence[Finding], skipped: Sequence[Skipped], setup: DiagnosisOptions, source: str) -> str:
    """The whole page."""
    counts = {"warning": 0, "worth knowing": 0, "fine": 0}
    for found in findings:
        counts[found.severity] += 1
    told = ", ".join(f"{n} {name}" for name, n in counts.items())
    settings = "".join(
        f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in setup.as_json().items()
    )
    left_out = "".join(
        f"<tr><th>{_text(left.check.replace('_', ' '))}</th><td>{_text(left.reason)}</td></tr>" for left in skipped
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Diagnosis of {_text(source)}</title><style>{STYLE}</style></head><body>"
        f"<h1>Diagnosis of {_text(source)}</h1><p>{_text(told)}; {len(skipped)} not made.</p>"
        + "".join(map(_section, findings))
        + (f"<h2>Not made</h2><table>{left_out}</table>" if skipped else "")
        + f"<h2>Settings</h2><table>{settings}</table></body></html>"
    )


def _section(found: Finding) -> str:
    parts = [
        f'<section class="{found.severity.replace(" ", "-")}"><h2>{_text(found.claim)}</h2>',
        f'<p><span class="badge">{_text(found.severity)}</span> <span class="name">'
        f"{_text(found.check.replace('_', ' '))}</span></p>",
        f"<p>{_text(found.evidence)}</p>" if found.evidence else "",
        _picture(found),
        f"<p>{_text(found.advice)}</p>" if found.advice else "",
        f"<pre>{_text(found.options)}</pre>" if found.options else "",
        f'<p class="name">gensim:</p><pre>{_text(found.gensim)}</pre>' if found.gensim else "",
        f'<p class="source">{_text(found.source)}</p>' if found.source else "",
        "</section>",
    ]
    return "".join(parts)


def _picture(found: Finding) -> str:
    """The picture of a finding that has one, or what drawing it takes."""
    try:
        return found.picture.svg() if found.picture is not None else ""
    except InputError as missing:
        return f'<p class="source">{_text(missing)}</p>'


def _text(value: object) -> str:
    """Any value as text of a page; what is unseen is spelled out."""
    return html.escape(printable(value))
