"use strict";
// What the page shows: one state, and views that are drawn again when what they depend on changes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const bytes = Uint8Array.from(atob(data.numbers), (c) => c.charCodeAt(0));
  const space = Geometry.space(new Int16Array(bytes.buffer), data.scales);
  const { n, K } = space, thing = data.kind === "modes" ? "mode" : "axis";
  const course = data.trajectories.find((one) => one.is_course) || null; // what learning time runs along
  const row = new Map(data.words.map((word, i) => [word, i]));
  const state = { mode: 0, word: data.first, other: null, d: K, moment: null, across: 0, up: Math.min(1, K - 1),
    shown: Math.min(1500, n) };
  const BLUE = "#1f4e79", PALE = "#9dbfdd", WARM = "#b3541e", LINES = 12, NEAR = 16, LABELS = 40;
  const COLORS = ["#1f4e79", "#b3541e", "#4d8b31", "#7b4b94", "#b08900", "#2a9d8f", "#c2185b", "#5c6b73", "#8d5524",
    "#3a86ff", "#6a994e", "#9d0208"];
  const find = (id) => document.getElementById(id);

  const { printed, cut, plain, number, element, fill } = Text;

  function wordButton(i, asks, pressed) {
    const made = element("button", cut(printed(data.words[i])), { type: "button", dir: "auto", title: printed(data.words[i]) });
    if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
    made.addEventListener("click", () => asks(i));
    return made;
  }

  const LAYOUT = { margin: { l: 62, r: 12, t: 8, b: 44 }, font: { family: "system-ui, sans-serif", size: 13, color: "#222" },
    hovermode: "closest", showlegend: false, paper_bgcolor: "#fff", plot_bgcolor: "#fff" };
  const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };
  const axis = (title, more = {}) => ({ title: { text: title }, gridcolor: "#e6eaee", zerolinecolor: "#aab2ba", automargin: true, ...more });
  const draw = (id, traces, layout) => Plotly.react(id, traces, { ...LAYOUT, ...layout }, CONFIG);

  const risen = () => (state.moment === null ? null : course.strengths[state.moment]);
  const weights = () => Geometry.weights(data.weights, state.d, risen(), data.strengths);
  const modeLabel = (k) => `${thing} ${k}`, strength = thing === "mode" ? "strength λ" : "squared length σ²";

  // ---- modes
  function drawStrengths() {
    const all = [...data.strengths.keys()], [least, most] = [Math.min(...data.strengths), Math.max(...data.strengths)];
    const wide = least > 0 && most > 10 * least;
    const intervals = data.low ? { error_y: { type: "data", symmetric: false, color: PALE, thickness: 1, width: 0,
      array: data.high.map((x, k) => x - data.strengths[k]), arrayminus: data.low.map((x, k) => data.strengths[k] - x) } } : {};
    draw("strengths", [{ x: all, y: data.strengths, mode: "markers", ...intervals,
      text: all.map((k) => `${modeLabel(k)}: ${data.ends[k][0].slice(0, 3).map(([w]) => plain(w)).join(", ")}`),
      hovertemplate: "%{text}<br>%{y:.4g}<extra></extra>",
      marker: { color: all.map((k) => (k === state.mode ? WARM : k < state.d ? BLUE : "#c3ccd4")), size: all.map((k) => (k === state.mode ? 11 : 6)) } }],
      { xaxis: axis(thing, K <= 12 ? { dtick: 1 } : {}), yaxis: axis(strength, wide ? { type: "log", ...Text.logTicks(data.strengths) } : {}) });
  }

  function showMode() {
    const k = state.mode, [one, other] = data.ends[k];
    find("mode-name").textContent = `${modeLabel(k)} · ${thing === "mode" ? "λ" : "σ²"} = ${number(data.strengths[k])}`;
    const notes = [];
    if (data.low) notes.push(`95 % interval over documents ${number(data.low[k])} … ${number(data.high[k])}`);
    if (data.half_way && data.half_way[k] !== null && data.half_way[k] !== undefined)
      notes.push(`half learned at t = ${number(data.half_way[k])}`);
    find("mode-note").textContent = notes.join(" · ");
    const most = Math.max(...[...one, ...other].map(([, x]) => Math.abs(x)), 1e-30);
    for (const [id, end] of [["one-end", one], ["other-end", other]])
      fill(find(id), end.map(([word, x]) => [row.has(word) ? wordButton(row.get(word), ask) : element("span", cut(printed(word)), { dir: "auto" }), x, x / most]));
    find("before").disabled = k === 0;
    find("after").disabled = k === K - 1;
  }

  function chooseMode(k) {
    if (k === state.mode || !(k >= 0 && k < K)) return;
    state.mode = k;
    drawStrengths();
    showMode();
  }

  // ---- words
  let near = [];
  function showWord() {
    const i = state.word, w = weights();
    near = Geometry.neighbors(space, w, i, NEAR);
    if (!near.some(([j]) => j === state.other)) state.other = near.length ? near[0][0] : null;
    const name = cut(printed(data.words[i]));
    find("word-note").textContent = [`rank ${number(i + 1)}`, data.counts ? `seen ${data.counts[i].toLocaleString("en")} times` : ""].filter(Boolean).join(" · ");
    find("near-title").textContent = `Near ${name}, by cosine`;
    fill(find("near"), near.map(([j, cosine]) => [wordButton(j, compare, j === state.other), cosine, cosine]));
    showWhy(w);
  }

  function showWhy(w) {
    const i = state.word, j = state.other;
    if (j === null) return find("why").replaceChildren();
    const shares = Geometry.shares(space, w, i, j), sum = shares.reduce((a, b) => a + b, 0);
    const own = Geometry.profile(space, w, i), best = Geometry.largest(shares, NEAR), most = Math.max(...best.map((k) => Math.abs(shares[k])), 1e-30);
    find("why-title").textContent = `Why ${cut(printed(data.words[i]), 18)} and ${cut(printed(data.words[j]), 18)}`;
    const told = best.reduce((a, k) => a + shares[k], 0);
    find("why-note").textContent = `What each ${thing} adds to their cosine, ${sum.toFixed(3)}; these ${best.length} add ${told.toFixed(3)}.`;
    const open = element("button", "ask for it", { type: "button" });
    open.addEventListener("click", () => ask(j));
    find("why-note").append(" ", open);
    fill(find("why"), best.map((k) => {
      const end = data.ends[k][own[k] < 0 ? 1 : 0];
      const made = element("button", `${k}: ${end.slice(0, 3).map(([word]) => cut(printed(word), 14)).join(" ")}`, { type: "button", title: modeLabel(k) });
      made.addEventListener("click", () => chooseMode(k));
      return [made, shares[k], shares[k] / most];
    }));
  }

  function ask(i) {
    Object.assign(state, { word: i, other: null });
    find("asked").value = data.words[i];
    find("suggested").hidden = true;
    showWord();
    drawMap();
  }

  function compare(j) {
    state.other = j;
    showWord();
  }

  function suggest() {
    const found = Geometry.matches(data.words, find("asked").value, 8);
    find("suggested").replaceChildren(...found.map((i) => {
      const item = element("li");
      item.append(wordButton(i, ask));
      return item;
    }));
    find("suggested").hidden = !found.length;
    if (!found.length) find("word-note").textContent = find("asked").value ? `not among the ${n.toLocaleString("en")} words of this page` : "";
    return found;
  }

  // ---- map
  function drawMap() {
    const w = weights(), [a, b] = [state.across, state.up];
    const of = (i, k) => space.entries[i * K + k] * w[k];
    const others = [state.word, ...near.map(([j]) => j)], apart = new Set(others);
    const shown = [...Array(state.shown).keys()].filter((i) => !apart.has(i));
    const trace = (rows, color, size, labels, more = {}) => ({ x: rows.map((i) => of(i, a)), y: rows.map((i) => of(i, b)), customdata: rows,
      mode: labels ? "markers+text" : "markers", text: rows.map((i) => plain(data.words[i])), textposition: "top center",
      textfont: { size: 12, color }, hovertemplate: "%{text}<extra></extra>", marker: { color, size, opacity: labels ? 1 : 0.45 }, ...more });
    const range = (k) => {
      const ends = [Infinity, -Infinity];
      for (let i = 0; i < n; i++) {
        const x = space.entries[i * K + k] * data.weights[k];
        if (x < ends[0]) ends[0] = x;
        if (x > ends[1]) ends[1] = x;
      }
      const room = (ends[1] - ends[0]) * 0.06 || 1;
      return [ends[0] - room, ends[1] + room];
    };
    const ranges = [range(a), range(b)], labels = labeled(shown, others, ranges, of), named = new Set(labels.named);
    draw("scatter", [trace(shown.filter((i) => !named.has(i)), PALE, 5), trace(labels.named, BLUE, 5, true),
      trace(others, WARM, 7, true, { text: others.map((i, n) => (labels.beside[n] ? plain(data.words[i]) : "")),
        hovertext: others.map((i) => plain(data.words[i])), hovertemplate: "%{hovertext}<extra></extra>", textposition: labels.beside.map((side) => side || "top center") })],
      { xaxis: axis(modeLabel(a), { range: ranges[0] }), yaxis: axis(modeLabel(b), { range: ranges[1] }), uirevision: `${a} ${b}` });
  }

  // beside which side of its point each of the asked words is named, and of the others those farthest out whose names
  // then stand in nobody's way
  function labeled(rows, asked, ranges, of) {
    const chart = find("scatter"), sizes = [chart.clientWidth - 80, chart.clientHeight - 60], boxes = [];
    const at = (i) => [state.across, state.up].map((k, n) => (sizes[n] * (of(i, k) - ranges[n][0])) / (ranges[n][1] - ranges[n][0]));
    const box = (i, side) => {
      const [x, y] = at(i), half = 3.6 * Math.min(40, data.words[i].length) + 4;
      const [right, above] = { "top center": [0, 1], "bottom center": [0, -1], "middle right": [1, 0], "middle left": [-1, 0] }[side];
      return [x + right * (half + 4), y + above * 12, half];
    };
    const free = ([x, y, half]) => boxes.every(([u, v, room]) => Math.abs(x - u) >= half + room || Math.abs(y - v) >= 15);
    const beside = asked.map((i) => {
      const side = ["top center", "bottom center", "middle right", "middle left"].find((one) => free(box(i, one)));
      if (side) boxes.push(box(i, side));
      return side || null;
    });
    const far = (i) => Math.hypot(space.entries[i * K + state.across] / space.widest[state.across], space.entries[i * K + state.up] / space.widest[state.up]);
    const named = [];
    for (const i of [...rows].sort((i, j) => far(j) - far(i)).slice(0, 4 * LABELS)) {
      if (named.length === LABELS) break;
      if (!free(box(i, "top center"))) continue;
      boxes.push(box(i, "top center"));
      named.push(i);
    }
    return { beside, named };
  }

  // ---- learning
  function drawLearning() {
    if (!data.trajectories.length) return;
    find("learning").hidden = false;
    const few = Math.min(LINES, ...data.trajectories.map((one) => one.strengths[0].length)), rising = [], losses = [];
    const now = state.moment === null ? [] : [{ type: "line", x0: course.time[state.moment], x1: course.time[state.moment], y0: 0, y1: 1, yref: "paper", line: { color: "#888", width: 1, dash: "dot" } }];
    data.trajectories.forEach((one) => {
      const predicted = one.model === "theory";
      for (let k = 0; k < few; k++)
        rising.push({ x: one.time, y: one.strengths.map((s) => s[k]), mode: predicted ? "lines" : "markers", name: modeLabel(k),
          line: { color: COLORS[k % COLORS.length], width: 1.8 }, marker: { color: COLORS[k % COLORS.length], size: 5, symbol: "circle-open" },
          hovertemplate: `${modeLabel(k)}, ${predicted ? "predicted" : plain(one.model)}: %{y:.4g}<extra></extra>` });
      const [first, last] = [one.loss[0], Math.min(...one.loss)];
      losses.push({ x: one.time, y: one.loss.map((x) => (first > last ? (x - last) / (first - last) : 0)), mode: predicted ? "lines" : "markers",
        line: { color: BLUE }, marker: { color: WARM, size: 5, symbol: "circle-open" }, hovertemplate: `${predicted ? "predicted" : plain(one.model)}: %{y:.3f}<extra></extra>` });
    });
    const times = data.trajectories.flatMap((one) => one.time.filter((t) => t > 0));
    const x = axis("time of gradient flow", data.log_time ? { type: "log", ...Text.logTicks(times) } : {});
    find("rising").hidden = !rising.length;
    if (rising.length) draw("rising", rising, { xaxis: x, yaxis: axis("strength s²"), shapes: now });
    draw("loss", losses, { xaxis: x, yaxis: axis("loss, share yet to fall"), shapes: now });
  }

  // ---- what all of them depend on
  function refresh() {
    find("dim-now").textContent = state.d === K ? `all ${K}` : `first ${state.d}`;
    if (course) find("time-now").textContent = state.moment === null ? "learned" : `t = ${number(course.time[state.moment])}`;
    drawStrengths();
    showWord();
    drawMap();
    drawLearning();
  }

  function setMoment(at) {
    state.moment = at >= course.time.length ? null : at;
    find("time").value = at;
    refresh();
  }

  let playing = null;
  function play() {
    const end = course.time.length;
    clearInterval(playing);
    const starts = playing === null;
    playing = starts ? setInterval(() => {
      const next = Number(find("time").value) + Math.max(1, Math.round(end / 120));
      setMoment(Math.min(next, end));
      if (next >= end) play();
    }, 60) : null;
    if (starts) setMoment(Number(find("time").value) >= end ? 0 : Number(find("time").value));
    find("play").textContent = starts ? "❚❚ stop" : "▶ learn";
    find("play").setAttribute("aria-pressed", starts);
  }

  function begin() {
    find("facts").textContent = data.facts.join(" · ");
    find("lineage").replaceChildren(...data.lineage.map((step) => element("li", step)));
    if (!data.lineage.length) find("lineage").parentElement.hidden = true;
    find("modes").querySelector("h2").textContent = thing === "mode" ? "Modes" : "Axes";
    find("modes-note").textContent = data.note;
    find("map-note").textContent = `Words along two ${thing === "mode" ? "modes" : "axes"}. Click one to ask for its neighbors; those are colored.`;
    find("learning-note").textContent = data.learning_note;
    space.widest = Array.from({ length: K }, (_, k) => { let most = 1e-30; for (let i = 0; i < n; i++) most = Math.max(most, Math.abs(space.entries[i * K + k])); return most; });
    Object.assign(find("dim"), { max: K, value: K });
    find("controls").hidden = data.kind === "rotated"; // no axis comes before another
    if (course) {
      find("time-control").hidden = false;
      Object.assign(find("time"), { max: course.time.length, value: course.time.length });
    }
    for (const [id, at] of [["across", state.across], ["up", state.up]])
      find(id).replaceChildren(...data.ends.map(([one], k) => element("option", `${k}: ${one.slice(0, 3).map(([w]) => cut(printed(w), 14)).join(" ")}`, { value: k, selected: k === at })));
    find("shown").replaceChildren(...[...new Set([500, 1500, 5000, n].filter((m) => m <= n))].map((m) => element("option", m.toLocaleString("en"), { value: m, selected: m === state.shown })));
    find("asked").value = data.words[state.word];
    listen();
    showMode();
    refresh();
    find("strengths").on("plotly_click", (event) => chooseMode(event.points[0].x));
    find("scatter").on("plotly_click", (event) => ask(event.points[0].customdata));
  }

  function listen() {
    const on = (id, event, act) => find(id).addEventListener(event, act);
    on("dim", "input", () => { state.d = Number(find("dim").value); refresh(); });
    on("time", "input", () => setMoment(Number(find("time").value)));
    on("play", "click", play);
    on("before", "click", () => chooseMode(state.mode - 1));
    on("after", "click", () => chooseMode(state.mode + 1));
    on("across", "change", () => { state.across = Number(find("across").value); drawMap(); });
    on("up", "change", () => { state.up = Number(find("up").value); drawMap(); });
    on("shown", "change", () => { state.shown = Number(find("shown").value); drawMap(); });
    on("asked", "input", suggest);
    on("search", "submit", (event) => {
      event.preventDefault();
      const found = suggest();
      if (found.length) ask(found[0]);
    });
    document.addEventListener("click", (event) => { if (!find("search").contains(event.target)) find("suggested").hidden = true; });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") find("suggested").hidden = true; });
  }

  begin();
})();
