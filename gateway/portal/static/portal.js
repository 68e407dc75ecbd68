// Drag and drop, progress, keys that decide, and buttons that show they were pressed. Every page works without it.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  // Words come from the server; figures and times are written here as in the page's language.
  const language = document.documentElement.lang;

  // The server writes times in the account's zone; people read them in their own.
  const written = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { hourCycle: "h23", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const instant = new Date(time.dateTime);
    const own = `${written.format(instant).replace(" at ", ", ")} ${zoneName(instant)}`;
    if (own === time.textContent) continue;
    time.title = time.textContent;
    time.textContent = own;
  }

  // Of two languages one has the short name of a zone, such as CET or EST, and the other GMT+1.
  function zoneName(instant) {
    const names = ["en-US", "en-GB"].map((language) => new Intl.DateTimeFormat(language, { timeZoneName: "short" })
      .formatToParts(instant).find((part) => part.type === "timeZoneName").value);
    return names.find((name) => !name.startsWith("GMT")) || names[0];
  }

  const area = document.querySelector("[data-drop]");
  if (area) {
    const input = area.querySelector("input[type=file]");
    const chosen = area.querySelector("[data-chosen]");
    const show = () => {
      const file = input.files[0];
      chosen.textContent = file ? `${file.name} (${size(file.size)})` : "";
      area.classList.toggle("has-file", Boolean(file));
    };
    input.addEventListener("change", show);
    for (const name of ["dragenter", "dragover"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.add("is-over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      area.addEventListener(name, () => area.classList.remove("is-over"));
    }
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        show();
      }
    });
    show();
  }

  function size(bytes) {
    if (bytes < 1000) return `${bytes} bytes`;
    const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false };
    const written = (amount) => amount.toLocaleString(language, tenths);
    return bytes < 1e6 ? `${written(bytes / 1e3)} kB` : `${written(bytes / 1e6)} MB`;
  }

  // The server acts on a form only once. This only shows the user that something happens.
  for (const button of document.querySelectorAll("button[data-busy]")) {
    button.form.addEventListener("submit", (event) => {
      if (event.submitter && event.submitter !== button) return;
      const before = button.textContent;
      setTimeout(() => {
        button.disabled = true;
        button.textContent = button.dataset.busy;
      });
      // The back button may show the page again in the state in which it was left.
      window.addEventListener("pageshow", () => {
        button.disabled = false;
        button.textContent = before;
      });
    });
  }

  for (const form of document.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }

  // Letters press the buttons that show them, unless a field has the focus. A page takes none in its
  // first moment, so that a key that was pressed twice decides about one pair only.
  const keyed = document.querySelectorAll("[data-key]");
  if (keyed.length) {
    const chosen = document.querySelector("[data-keys]");
    if (chosen) {
      chosen.checked = localStorage.getItem("keys") !== "off";
      chosen.addEventListener("change", () => localStorage.setItem("keys", chosen.checked ? "on" : "off"));
    }
    let isReady = false;
    window.addEventListener("pageshow", () => {
      setTimeout(() => {
        isReady = true;
        document.documentElement.dataset.keys = "ready";
      }, 250);
    });
    document.addEventListener("keydown", (event) => {
      const isTyped = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
      if (isTyped || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (!isReady || localStorage.getItem("keys") === "off") return;
      const pressed = [...keyed].find((each) => each.dataset.key === event.key.toLowerCase());
      if (!pressed) return;
      if (pressed.type === "checkbox") return pressed.click();
      isReady = false;
      document.documentElement.dataset.keys = "pressed";
      event.preventDefault();
      pressed.click();
    });
  }

  // How many rows are chosen; the server says the rest. A page that is shown again has its ticks again.
  const choices = document.querySelector("[data-choices]");
  if (choices) {
    const unchosen = choices.textContent;
    const count = () => {
      const ticked = document.querySelectorAll(`input[name="${choices.dataset.choices}"]:checked`).length;
      const said = [unchosen, choices.dataset.one, choices.dataset.two][ticked] || choices.dataset.many;
      choices.textContent = said.replace("{count}", ticked);
    };
    document.addEventListener("change", count);
    window.addEventListener("pageshow", count);
  }

  // What each column is: how its values read, what is still needed, and what is chosen twice.
  const map = document.querySelector("form[data-map]");
  if (map) {
    const lists = [...map.querySelectorAll("select")];
    const required = [...lists[0].querySelectorAll("option[data-required]")];
    const say = (name, labels) => {
      const line = map.querySelector(`[data-map-${name}]`);
      line.hidden = !labels.length;
      line.querySelector("span").textContent = labels.join(", ");
    };
    map.addEventListener("change", (event) => {
      const row = event.target.closest("tr");
      if (row) {
        const { kind, says } = event.target.selectedOptions[0].dataset;
        const looks = JSON.parse(row.dataset.looks);
        const values = { count: looks[kind], filled: row.dataset.filled, kind: says };
        const text = kind in looks ? map.dataset.mapLooks.replace(/\{(\w+)\}/g, (_, name) => values[name]) : map.dataset.mapText;
        row.querySelector("[data-map-reads]").textContent = kind && row.dataset.filled !== "0" ? text : "";
        row.querySelector(".tag")?.remove();
      }
      const chosen = lists.filter((list) => list.value);
      const slots = chosen.map((list) => list.value);
      say("missing", required.filter((option) => !slots.includes(option.value)).map((option) => option.text));
      const again = chosen.filter((list, place) => slots.indexOf(list.value) !== place);
      say("twice", [...new Set(again.map((list) => list.selectedOptions[0].text))]);
      map.querySelector("[data-map-count]").textContent = chosen.length;
    });
  }

  // A page between two batches asks for the next one by itself; Pause leaves it in time.
  const goOn = document.querySelector("form[data-go-on]");
  if (goOn) setTimeout(() => goOn.requestSubmit(), 300);

  // Rows go on as one scrolls; the link to the next page stays for who does not, or has no script.
  const more = () => document.querySelector("#rows [data-more]");
  if (more() && "IntersectionObserver" in window) {
    const headings = (page) => page.querySelector("#rows .grid thead").textContent;
    const watcher = new IntersectionObserver(async (seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watcher.disconnect();
      let page = null;
      try {
        const answer = await fetch(more().href);
        if (!answer.ok || answer.redirected) return;
        page = new DOMParser().parseFromString(await answer.text(), "text/html");
      } catch {
        return; // the link is still there
      }
      if (headings(page) !== headings(document)) return; // another set of columns: the link leads to it
      document.querySelector("#rows [data-rows]").append(...page.querySelector("#rows [data-rows]").children);
      document.querySelector("#rows .pages").replaceWith(page.querySelector("#rows .pages"));
      if (more()) watcher.observe(more());
    }, { rootMargin: "600px" });
    watcher.observe(more());
  }

  const progress = document.querySelector("[data-progress]");
  if (progress) {
    const began = progress.dataset.state === "waiting" ? "waiting" : "processing";
    const poll = async () => {
      let current = null;
      try {
        const answer = await fetch(progress.dataset.progress, { headers: { Accept: "application/json" } });
        if (answer.status === 401) return window.location.reload();
        current = answer.ok ? await answer.json() : null;
      } catch {
        // The network may be down for a moment; the next request will tell.
      }
      if (current && (current.over || current.state !== began)) return window.location.reload();
      for (const step of current ? current.steps : []) {
        const line = progress.querySelector(`[data-step="${step.name}"]`);
        // The file turned out to be an archive, whose page has a line for each file in it.
        if (!line) return window.location.reload();
        line.className = `is-${step.state}`;
        line.querySelector(".took").textContent = step.took;
      }
      setTimeout(poll, pause);
      pause = Math.min(pause * 1.5, 1000);
    };
    // A small file is checked within a second.
    let pause = 200;
    setTimeout(poll, pause);
  }
})();
