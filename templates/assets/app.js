/* Progressive enhancement only: every page is complete without this file. */
(function () {
  "use strict";
  var all = function (selector, each) { Array.prototype.forEach.call(document.querySelectorAll(selector), each); };
  var live = document.getElementById("live");
  function say(text) { if (live) { live.textContent = text; } }

  /* Countdowns tick; the server stays the judge of every deadline. */
  function write(part, value) { if (part) { part.querySelector("b").textContent = value; } }
  function two(n) { return ("0" + n).slice(-2); }
  function countdown(box) {
    var end = Date.parse(box.getAttribute("data-deadline")), timer = 0;
    var part = function (name) { return box.querySelector('[data-part="' + name + '"]'); };
    var days = part("days"), hours = part("hours"), minutes = part("minutes"), seconds = part("seconds");
    if (isNaN(end)) { return; }
    function tick() {
      var left = Math.max(0, Math.floor((end - Date.now()) / 1000)), soon = left < 3600;
      write(days, Math.floor(left / 86400));
      write(hours, two(Math.floor(left % 86400 / 3600)));
      write(minutes, two(Math.floor(left % 3600 / 60)));
      write(seconds, two(left % 60));
      if (days) { days.hidden = soon; }
      if (hours) { hours.hidden = soon; }
      if (seconds) { seconds.hidden = !soon; }
      if (left === 0) {
        clearInterval(timer);
        if (box.hasAttribute("data-reload")) { reload(end); }
      }
    }
    timer = setInterval(tick, 1000);
    tick();
  }
  /* Once when the moment comes, then every 5 s at most 24 times; never while somebody is typing. */
  function reload(end) {
    var key = "reload " + location.pathname + " " + end, tries = 25, store = window.sessionStorage;
    try { tries = Number(store.getItem(key) || 0); store.setItem(key, String(tries + 1)); } catch (refused) { return; }
    if (tries > 24) { return; }
    (function attempt() {
      setTimeout(function () {
        var active = document.activeElement;
        if (active && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) { attempt(); return; }
        location.reload();
      }, tries === 0 ? 1000 : 5000);
    })();
  }
  all("[data-deadline]", countdown);

  if (navigator.clipboard) {
    all("[data-copy]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        var source = document.getElementById(button.getAttribute("data-copy")), label = button.firstChild.nodeValue;
        navigator.clipboard.writeText(source.textContent.trim()).then(function () {
          say(button.getAttribute("data-done"));
          button.firstChild.nodeValue = button.getAttribute("data-done");
          setTimeout(function () { button.firstChild.nodeValue = label; }, 1600);
        });
      });
    });
  }

  all("[data-print]", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  all("[data-count]", function (area) {
    var most = Number(area.getAttribute("data-count")), note = document.createElement("p");
    note.className = "hint";
    area.parentNode.appendChild(note);
    function show() {
      var left = most - area.value.length;
      note.textContent = area.getAttribute("data-count-text").replace("{n}", left);
      note.classList.toggle("over", left < 0);
    }
    area.addEventListener("input", show);
    show();
  });

  /* The typed date stays the field; the native calendar only fills it in. */
  if (window.HTMLInputElement && HTMLInputElement.prototype.showPicker) {
    all("[data-picker]", function (input) {
      var native = document.createElement("input"), button = document.createElement("button"), box = document.createElement("span");
      native.type = "date"; native.tabIndex = -1; native.setAttribute("aria-hidden", "true");
      button.type = "button"; button.className = "pick"; button.setAttribute("aria-label", input.getAttribute("data-picker"));
      box.className = "picker";
      box.appendChild(native); box.appendChild(button);
      input.parentNode.insertBefore(box, input.nextSibling);
      button.addEventListener("click", function () { native.value = input.value.trim(); native.showPicker(); });
      native.addEventListener("change", function () { input.value = native.value; input.focus(); });
    });
  }

  /* On a phone the list comes first; its filters open by a touch. */
  if (window.matchMedia && matchMedia("(max-width: 48em)").matches) {
    all(".fold", function (fold) { fold.open = fold.hasAttribute("data-used"); });
  }

  var summary = document.querySelector(".esum");
  if (summary) { summary.focus(); }
})();
