// What a page can do besides being read: it counts down, renews itself each minute
// without moving what is on the screen, and takes / as the way to the search.
(function () {
  "use strict";
  const auto = Number(document.body.dataset.auto) * 1000;
  const minute = 60 * 1000;

  const lasts = (ms) => {
    const m = Math.floor(ms / minute), h = Math.floor(m / 60);
    if (h >= 24) return Math.floor(h / 24) + " 天" + (h % 24 && h < 240 ? " " + (h % 24) + " 小时" : "");
    if (h === 0) return m === 0 ? "不到 1 分" : m + " 分";
    return h + " 小时" + (m % 60 ? " " + (m % 60) + " 分" : "");
  };
  // The server's clock counts, not this machine's, which may be set wrong.
  const asof = () => Date.parse(document.querySelector("#asof time")?.dateTime);
  let read = performance.now(), base = asof();
  const tick = () => {
    const now = base + (performance.now() - read);
    for (const e of document.querySelectorAll("[data-due]")) {
      const left = Date.parse(e.dataset.due) - now;
      const word = left < 0 ? "已超 " + lasts(-left) : "还剩 " + lasts(left);
      if (e.textContent !== word) e.textContent = word;
    }
  };

  // A table that is wider than its box says so, and only such a one is a stop for the keyboard.
  const measure = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      const more = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      box.classList.toggle("more", box.scrollWidth > box.clientWidth);
      if (more) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  measure();
  addEventListener("resize", measure);
  document.addEventListener("toggle", measure, true);

  // Parts of the page with a name are swapped for those of the new page where they differ.
  // One in which somebody is at work stays as it is until the next minute.
  const parts = "main > [id], #asof";
  const swap = (doc) => {
    for (const fresh of doc.querySelectorAll(parts)) {
      const old = document.getElementById(fresh.id);
      if (!old || old.innerHTML === fresh.innerHTML) continue;
      const at = old.contains(document.activeElement) ? document.activeElement : null;
      if (at && at.tagName !== "A" || old.querySelector("details[open]")) continue;
      old.innerHTML = fresh.innerHTML;
      if (at) [...old.querySelectorAll("a")].find((a) => a.getAttribute("href") === at.getAttribute("href"))?.focus({ preventScroll: true });
    }
  };
  const stale = document.getElementById("stale");
  const renew = async () => {
    if (document.hidden || !getSelection().isCollapsed) return;
    try {
      const res = await fetch(location.href, { headers: { "X-Board-Renewal": "1" }, redirect: "error" });
      if (res.status === 401) {
        stale.textContent = "登录已到期，请重新登录。上面是最后一次更新的情况。";
        return;
      }
      if (!res.ok) throw new Error(res.status);
      swap(new DOMParser().parseFromString(await res.text(), "text/html"));
      measure();
      read = performance.now();
      base = asof();
      stale.textContent = "";
    } catch (e) {
      stale.textContent = "连不上看板，上面是最后一次更新的情况。";
    }
    tick();
  };
  if (base) {
    tick();
    setInterval(tick, 10 * 1000);
  }
  if (auto) {
    setInterval(renew, auto);
    window.addEventListener("online", renew);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && performance.now() - read > auto) renew();
    });
  }

  document.addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
    e.preventDefault();
    const box = document.getElementById("q");
    if (box) box.focus();
    else if (document.querySelector('nav a[href="/search"]')) location.href = "/search#q";
  });
  if (location.hash === "#q") document.getElementById("q")?.focus();
})();
