"use strict";
// What the page computes; nothing here knows of a document.  Letters: n words, K modes.
const Geometry = (() => {
  // entries (n, K) of unit columns, from 16-bit whole numbers and what one of them stands for in each column
  function space(numbers, scales) {
    const K = scales.length, entries = new Float32Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) entries[i] = numbers[i] * scales[i % K];
    return { n: K ? numbers.length / K : 0, K, entries };
  }

  // (K,) how much each column counts: the first d of them, and as far as they have risen where strengths are given
  function weights(full, d, strengths, aims) {
    return Float64Array.from(full, (weight, k) => {
      if (k >= d) return 0;
      return strengths ? weight * Math.sqrt(Math.max(0, strengths[k]) / aims[k]) : weight;
    });
  }

  // length of a word's vector
  function length({ K, entries }, weights, i) {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += (entries[i * K + k] * weights[k]) ** 2;
    return Math.sqrt(sum);
  }

  // the m nearest words to word i by cosine, nearest first, equal ones by rank: [word, cosine] each
  function neighbors(space, weights, i, m) {
    const { n, K, entries } = space, own = length(space, weights, i);
    const query = Float64Array.from(weights, (weight, k) => entries[i * K + k] * weight * weight);
    const found = [];
    for (let j = 0; j < n; j++) {
      const whole = own * length(space, weights, j);
      if (j === i || !(whole > 0)) continue;
      let dot = 0;
      for (let k = 0; k < K; k++) dot += query[k] * entries[j * K + k];
      found.push([j, dot / whole]);
    }
    return found.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, m);
  }

  // (K,) what each mode adds to the cosine of two words; together they are that cosine
  function shares(space, weights, i, j) {
    const { K, entries } = space, whole = length(space, weights, i) * length(space, weights, j);
    return Array.from(weights, (w, k) => (whole > 0 ? (entries[i * K + k] * entries[j * K + k] * w * w) / whole : 0));
  }

  // (K,) where a word stands along each mode, its vector made of length 1
  function profile(space, weights, i) {
    const { K, entries } = space, size = length(space, weights, i);
    return Array.from(weights, (w, k) => (size > 0 ? (entries[i * K + k] * w) / size : 0));
  }

  // the m places with the largest values by size, largest first
  function largest(values, m) {
    return Array.from(values.keys()).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b).slice(0, m);
  }

  // words that are, begin with or hold what was typed, in this order, and by rank within
  function matches(words, typed, m) {
    const asked = typed.normalize().toLowerCase(), kinds = [[], [], []];
    if (!asked) return [];
    words.forEach((word, i) => {
      const at = word.normalize().toLowerCase().indexOf(asked);
      if (at >= 0) kinds[word === typed ? 0 : at === 0 ? 1 : 2].push(i);
    });
    return kinds.flat().slice(0, m);
  }

  return { space, weights, neighbors, shares, profile, largest, matches };
})();
