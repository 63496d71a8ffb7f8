// A box that scrolls sideways can be reached with the keyboard.
function markScrollable() {
  for (const box of document.querySelectorAll(".formula, .pst-scrollable-table-container, div.output, pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}
window.addEventListener("load", markScrollable);
window.addEventListener("resize", markScrollable);

// Text that is copied with formulas in it has their TeX.
document.addEventListener("copy", (event) => {
  const selection = window.getSelection();
  if (selection.isCollapsed) return;
  const copied = selection.getRangeAt(0).cloneContents();
  const formulas = copied.querySelectorAll(".math[data-tex]");
  if (formulas.length === 0) return;
  for (const formula of formulas) {
    const dollars = formula.matches("div") ? "$$" : "$";
    formula.textContent = dollars + formula.dataset.tex + dollars;
  }
  event.clipboardData.setData("text/plain", copied.textContent);
  event.preventDefault();
});
