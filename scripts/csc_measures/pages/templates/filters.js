(function () {
  var form = document.getElementById("filters");
  if (!form) { return; }
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-words]"));
  function apply() {
    var text = form.elements.find.value.toLowerCase().split(/\s+/);
    var outcome = form.elements.outcome.value;
    var show = form.elements.show.value;
    var n = 0;
    rows.forEach(function (row) {
      var fits = (!outcome || row.dataset.outcome === outcome)
        && (!show || (" " + row.dataset.is + " ").indexOf(" " + show + " ") >= 0)
        && text.every(function (word) { return row.dataset.words.indexOf(word) >= 0; });
      row.hidden = !fits;
      if (fits) { n += 1; }
    });
    Array.prototype.forEach.call(document.querySelectorAll(".side, .area, .outcome"), function (part) {
      part.hidden = !part.querySelector("[data-words]:not([hidden])");
    });
    shown.textContent = n + (n === 1 ? " measure shown" : " measures shown");
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  apply();
})();
