/** What the page does with a script beyond what it does without: copying filters, opening everything to print, following links into closed parts. */
export const script = `
'use strict';
(function () {
  var root = document.documentElement;
  root.classList.add('js');
  var live = document.getElementById('live');
  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('button');
    if (!button) return;
    if (button.id === 'open-all' || button.id === 'close-all') {
      var open = button.id === 'open-all';
      document.querySelectorAll('main details').forEach(function (d) { d.open = open; });
      return;
    }
    if (!button.classList.contains('copy')) return;
    var code = button.previousElementSibling;
    var say = function (text) {
      button.textContent = text;
      live.textContent = text === 'Copied' ? 'Copied: ' + code.textContent : 'Selected: press Ctrl+C to copy';
      setTimeout(function () { button.textContent = 'Copy'; }, 1500);
    };
    var select = function () {
      var range = document.createRange();
      range.selectNodeContents(code);
      var selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      say('Selected');
    };
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(function () { say('Copied'); }, select);
    else select();
  });
  document.addEventListener('change', function (event) {
    if (event.target.name !== 'show') return;
    if (event.target.value !== 'all') document.querySelectorAll('details.verdicts').forEach(function (d) { d.open = true; });
  });
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.tagName === 'DETAILS') target.open = true;
    for (var at = target.parentElement; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    target.scrollIntoView();
  }
  addEventListener('hashchange', reveal);
  reveal();
  var closed = [];
  addEventListener('beforeprint', function () {
    document.querySelectorAll('main details:not([open])').forEach(function (d) { closed.push(d); d.open = true; });
  });
  addEventListener('afterprint', function () {
    closed.forEach(function (d) { d.open = false; });
    closed = [];
  });
})();
`
