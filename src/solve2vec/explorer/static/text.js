"use strict";
// Words are anybody's text: they go into text nodes only, and into pictures without what Plotly takes for markup or TeX.
const Text = (() => {
  const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u; // control characters and their kin, which may turn the direction of writing

  const printed = (word) =>
    word === "" ? '""' : [...word].map((c) => (HIDDEN.test(c) ? `\\u{${c.codePointAt(0).toString(16)}}` : c)).join("");

  const cut = (text, most = 40) => ([...text].length > most ? [...text].slice(0, most - 1).join("") + "…" : text);

  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", $: "&#36;" };
  const plain = (word) => cut(printed(word)).replace(/[&<>$]/g, (c) => ENTITIES[c]);

  const number = (x) => x.toLocaleString("en", { maximumSignificantDigits: 4 });

  // 1, 2 and 5 of every power of ten, written out, for a logarithmic axis
  function logTicks(values) {
    const [low, high] = [Math.min(...values), Math.max(...values)].map((x) => Math.floor(Math.log10(x)));
    const tickvals = [];
    for (let power = low; power <= high; power++)
      tickvals.push(...(high - low > 3 ? [1] : [1, 2, 5]).map((x) => Number(`${x}e${power}`)));
    return { tickmode: "array", tickvals, ticktext: tickvals.map(number) };
  }

  function element(name, text, properties = {}) {
    const made = Object.assign(document.createElement(name), properties);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // rows of [cell, value, share of the bar's room]
  function fill(table, rows) {
    table.replaceChildren(
      ...rows.map(([cell, value, share]) => {
        const tr = element("tr"), first = element("td"), bar = element("td");
        const line = element("span", undefined, { className: share < 0 ? "bar below" : "bar" });
        line.style.width = `${Math.min(100, Math.abs(share) * 100)}%`;
        first.append(cell);
        bar.append(line);
        tr.append(first, element("td", value.toFixed(3)), bar);
        return tr;
      }),
    );
  }

  return { printed, cut, plain, number, logTicks, element, fill };
})();
