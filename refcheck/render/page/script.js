// SPDX-License-Identifier: GPL-2.0-only
"use strict";
document.documentElement.classList.add("js");

/* Moves the box alone, so that the page stays where the reader left it. */
function reveal(box, item) {
  const outer = box.getBoundingClientRect(), inner = item.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom)
    box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  if (inner.left < outer.left || inner.right > outer.right)
    box.scrollLeft += inner.left - outer.left - Math.max(0, (outer.width - inner.width) / 2);
}

function stepper(root) {
  const rows = [...root.querySelectorAll("tr[data-step]")];
  const lines = root.querySelector(".source"), table = root.querySelector(".steps-box"), flow = root.querySelector(".flow-box");
  const panel = root.querySelector(".now-state"), told = root.querySelector(".told");
  let at = -1;

  function show(to) {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    if (next === at) return;
    at = next;
    const row = rows[at];
    for (const old of root.querySelectorAll(".now")) { old.classList.remove("now"); old.removeAttribute("aria-current"); }
    row.classList.add("now");
    row.setAttribute("aria-current", "step");
    reveal(table, row);
    const line = lines && lines.querySelector(`li[data-line="${row.dataset.line}"]`);
    if (line) { line.classList.add("now"); line.setAttribute("aria-current", "step"); reveal(lines, line); }
    let last = null;
    for (const edge of row.dataset.edges.split(" ").filter(Boolean)) {
      last = flow && flow.querySelector(`g[data-edge="${edge}"]`);
      if (last) last.classList.add("now");
    }
    if (last) reveal(flow, last);
    panel.replaceChildren(...[...row.querySelector("details").children].slice(1).map((part) => part.cloneNode(true)));
    told.textContent = `step ${at + 1} of ${rows.length}: ${row.dataset.event}`;
    for (const button of root.querySelectorAll("button[data-go]"))
      button.disabled = ["first", "back"].includes(button.dataset.go) ? at === 0 : at === rows.length - 1;
  }

  const go = { first: () => show(0), back: () => show(at - 1), next: () => show(at + 1), last: () => show(rows.length - 1) };
  const keys = { ArrowLeft: "back", ArrowUp: "back", ArrowRight: "next", ArrowDown: "next", Home: "first", End: "last" };
  root.addEventListener("keydown", (event) => {
    const way = keys[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go[way]();
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const button = event.target.closest("button[data-go]"), row = event.target.closest("tr[data-step]");
    const line = event.target.closest("li[data-steps]"), box = event.target.closest("g[data-edge]");
    if (button) go[button.dataset.go]();
    else if (row) show(rows.indexOf(row));
    else if (line) {
      const here = line.dataset.steps.split(" ").map((n) => Number(n) - 1);
      show(here.find((n) => n > at) ?? here[0]);
    } else if (box) {
      const hit = rows.findIndex((r) => r.dataset.edges.split(" ").includes(box.dataset.edge));
      if (hit >= 0) show(hit);
    }
  });
  show(rows.length - 1);
}

const findings = [...document.querySelectorAll("section.finding")];
findings.forEach(stepper);
if (findings.length && !location.hash) findings[0].focus({ preventScroll: true });
