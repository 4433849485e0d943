# SPDX-License-Identifier: GPL-2.0-only
"""Any text and any run, for hypothesis: what a rendering must survive."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from refcheck.base.verdicts import Verdict
from refcheck.result import record as r

# Texts that mean something to XML, Markdown, HTML, a terminal or a runner, and any others
nasty = st.one_of(
    st.sampled_from(["::error::x", "a\r\n::stop-commands::t", "##[error]x", "%0A%", "]]>", "<script>alert(1)</script>",
                     "&lt;", "a|b`c`", "\x00\x1b[31m", "\ud800", "\uffff", "a, b: c", "```\n# h", "</details>", "\u202e"]),
    st.text(max_size=12),
)  # fmt: skip


def strategy(kind: type) -> st.SearchStrategy:
    """Any value of a record type, with nasty texts."""
    st.register_type_strategy(str, nasty)
    st.register_type_strategy(int, st.integers(1, 9))
    return st.from_type(kind)


verdicts = st.sampled_from([Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS, Verdict.UNKNOWN])
runs = st.builds(
    r.Run,
    refcheck=st.just("0.1.0"),
    results=st.lists(
        st.builds(
            r.Record,
            verdict=verdicts,
            function=st.sampled_from(["look", "seek"]),
            model=nasty,
            findings=st.lists(
                st.builds(
                    r.Finding,
                    code=st.sampled_from(["RC101", "RC102", "RC201"]),
                    property=st.sampled_from(["leaked-ref", "noref-escape"]),
                    steps=st.lists(strategy(r.Step), min_size=1, max_size=3).map(tuple),
                    repair=st.just(()),
                ),
                max_size=2,
            ).map(tuple),
            graph=st.none(),
            from_c=st.one_of(st.none(), st.builds(r.FromC, certain=st.tuples(st.booleans(), st.booleans()))),
        ),
        max_size=3,
    ).map(tuple),
)
# Without shrinking: a run is large, and to make it small takes minutes
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
