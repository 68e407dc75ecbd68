// Drag and drop, progress, and buttons that show they were pressed. Every page works without it.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

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
    return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  // The server acts on a form only once. This only shows the user that something happens.
  for (const button of document.querySelectorAll("button[data-busy]")) {
    button.form.addEventListener("submit", () => {
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

  const progress = document.querySelector("[data-progress]");
  if (progress) {
    const first = progress.querySelector("h2").textContent;
    let began = first.startsWith("Waiting") ? "waiting" : "processing";
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
        line.className = `is-${step.state}`;
        line.querySelector(".took").textContent = step.took;
      }
      setTimeout(poll, 1000);
    };
    setTimeout(poll, 1000);
  }
})();
