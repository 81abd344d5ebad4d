"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Tables: rows stay in their groups; what is no number comes last in either order.

  const read = (row, at) => {
    const cell = row.cells[at];
    const number = cell.querySelector("[data-value]");
    if (!number) return (cell.querySelector(".above") || cell).textContent.trim();
    return number.dataset.value === "" ? null : Number(number.dataset.value);
  };

  const compare = (sign) => (a, b) => {
    if (a.key === b.key) return a.place - b.place;
    if (a.key === null || a.key === "") return 1;
    if (b.key === null || b.key === "") return -1;
    if (typeof a.key === "string") return sign * a.key.localeCompare(b.key, undefined, { numeric: true });
    return sign * (a.key - b.key);
  };

  const groupsOf = (body) => {
    const groups = [];
    for (const row of body.rows) {
      const heading = row.querySelector("[data-row]") === null;
      if (heading || groups.length === 0) groups.push({ heading: heading ? row : null, rows: [] });
      if (!heading) groups.at(-1).rows.push(row);
    }
    return groups;
  };

  const sortBy = (body, groups, at, sign) => {
    for (const { heading, rows } of groups) {
      const keyed = rows.map((row, place) => ({ row, place, key: sign ? read(row, at) : place }));
      keyed.sort(sign ? compare(sign) : (a, b) => a.place - b.place);
      body.append(...(heading ? [heading] : []), ...keyed.map(({ row }) => row));
    }
  };

  const makeSortable = (table, groups) => {
    const headers = all("thead th", table);
    headers.forEach((header, at) => {
      const label = header.querySelector(".heading");
      if (!label) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.title = "Sort";
      label.replaceWith(button);
      button.append(label);
      header.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[header.getAttribute("aria-sort")];
        headers.forEach((other) => other.hasAttribute("aria-sort") && other.setAttribute("aria-sort", "none"));
        header.setAttribute("aria-sort", next);
        sortBy(table.tBodies[0], groups, at, { none: 0, ascending: 1, descending: -1 }[next]);
      });
    });
  };

  const makeFilterable = (controls, groups) => {
    const search = controls.querySelector("input");
    const selects = all("select", controls);
    const count = controls.querySelector("output");
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const entries = groups.flatMap(({ heading, rows }) => rows.map((row) => ({
      row,
      text: fold(`${heading ? heading.textContent : ""} ${row.textContent}`),
      choices: row.querySelector("[data-row]").dataset.filter.split(" "),
    })));
    const update = () => {
      const words = fold(search.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text, choices } of entries) {
        const chosen = selects.every((select, k) => select.value === "" || select.value === choices[k]);
        row.hidden = !(chosen && words.every((word) => text.includes(word)));
        shown += row.hidden ? 0 : 1;
      }
      for (const { heading, rows } of groups) if (heading) heading.hidden = rows.every((row) => row.hidden);
      controls.classList.toggle("chosen", shown < entries.length);
      count.textContent = `${shown} of ${entries.length} rows`;
    };
    controls.addEventListener("input", update);
    controls.hidden = false;
    update(); // browsers keep what was chosen over a reload
  };

  // A table that fits needs no box to scroll in; only without one can its header stay in sight.

  const fitting = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest(".scroll");
      const fits = Math.max(box.querySelector("table").offsetWidth, box.scrollWidth) <= box.clientWidth;
      box.classList.toggle("fits", fits);
      if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
    }
  });

  for (const figure of all("figure.table")) {
    const table = figure.querySelector("table");
    if (!table || !table.tBodies.length) continue;
    const groups = groupsOf(table.tBodies[0]);
    makeSortable(table, groups);
    fitting.observe(table);
    fitting.observe(table.closest(".scroll"));
    const controls = figure.querySelector(".controls");
    if (controls) makeFilterable(controls, groups);
  }

  // Figures: drawn when they come near, in place of their images.

  const config = {
    responsive: true,
    displaylogo: false,
    showSendToCloud: false,
    showEditInChartStudio: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["sendDataToCloud", "editInChartStudio", "lasso2d", "select2d"],
    toImageButtonOptions: { format: "svg" },
  };

  const draw = async (figure) => {
    const plot = figure.querySelector(".plot");
    const image = figure.querySelector("img");
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const { width, ...rest } = layout;
    const height = rest.height || Math.max(image.clientHeight, 320);
    const font = { family: getComputedStyle(figure.querySelector("h3")).fontFamily, size: 13, color: "#1d2733", ...rest.font };
    plot.hidden = false;
    try {
      await window.Plotly.newPlot(plot, data, { ...rest, height, font, autosize: true }, config);
      figure.classList.add("live");
    } catch (error) {
      plot.hidden = true; // the image stays
      console.warn(error);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!window.Plotly) return;
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        draw(target);
      }
    }, { rootMargin: "600px" });
    all(".plot").forEach((plot) => near.observe(plot.closest("figure")));
  });

  // Commands.

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  for (const button of all("button.copy")) {
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const done = await copy(button.parentElement.querySelector("code").textContent);
      button.textContent = done ? "Copied" : "Select and copy";
      button.focus();
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // Folds: open on the way to a target, and all at once; print shows them as the reader left them.

  const reveal = () => {
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = name && document.getElementById(name);
    if (!target) return;
    let closed = false;
    for (let fold = target.closest("details.fold"); fold; fold = fold.parentElement.closest("details.fold")) {
      closed ||= !fold.open;
      fold.open = true;
    }
    if (closed) target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  const folds = all("details.fold");
  const whole = document.querySelector("button.folds");
  const settleFolds = () => { whole.textContent = folds.every((fold) => fold.open) ? "Close all folded parts" : "Open all folded parts"; };
  whole.hidden = folds.length === 0;
  whole.addEventListener("click", () => {
    const open = !folds.every((fold) => fold.open);
    folds.forEach((fold) => { fold.open = open; });
  });
  folds.forEach((fold) => fold.addEventListener("toggle", settleFolds));
  settleFolds();

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all(".source details:not([open])");
    opened.forEach((fold) => { fold.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((fold) => { fold.open = false; });
    opened = [];
  });

  // The contents stand open beside a wide page, and say where the reader is.

  const contents = document.querySelector(".contents details");
  const wide = window.matchMedia("(min-width: 64rem)");
  const settle = () => { contents.open = wide.matches; };
  wide.addEventListener("change", settle);
  settle();

  const links = new Map(all("a", contents).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const seen = new Set();
  const passing = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    links.forEach((link) => link.removeAttribute("aria-current"));
    const here = [...links.keys()].filter((name) => seen.has(name)).at(-1);
    links.get(here)?.setAttribute("aria-current", "location");
  }, { rootMargin: "0px 0px -70% 0px" });
  all("main > section").forEach((section) => passing.observe(section));

  const banner = document.querySelector(".stamps");
  if (banner) {
    const measure = () => document.documentElement.style.setProperty("--banner", `${banner.offsetHeight}px`);
    new ResizeObserver(measure).observe(banner);
    measure();
  }
})();
