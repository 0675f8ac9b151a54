// [data-rows]: the page comes with every row that may be filled; empty ones are folded away and opened one by one.
// Nothing is cloned or renumbered, so the form that is sent is the one the server made.
for (const group of document.querySelectorAll("[data-rows]")) {
  const rows = [...group.querySelectorAll("[data-row]")];
  const add = group.querySelector("[data-row-add]");
  if (!add) continue;
  const inputs = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const isEmpty = (row) => inputs(row).every((input) => !input.value);
  const hasErrors = (row) => row.querySelector("[aria-invalid=true]") !== null;
  const refresh = () => { add.hidden = rows.every((row) => !row.hidden); };

  rows.forEach((row, index) => {
    row.hidden = index > 0 && isEmpty(row) && !hasErrors(row);
    const remove = row.querySelector("[data-row-remove]");
    if (!remove) return;
    remove.hidden = false;
    remove.addEventListener("click", () => {
      inputs(row).forEach((input) => { input.value = ""; });
      row.hidden = rows.filter((other) => !other.hidden).length > 1;
      refresh();
      (row.hidden ? add : inputs(row)[0]).focus();
    });
  });
  add.addEventListener("click", () => {
    const next = rows.find((row) => row.hidden);
    next.hidden = false;
    refresh();
    inputs(next)[0].focus();
  });
  refresh();
}
