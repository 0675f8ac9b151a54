// Copies the text of a [data-copy] block. Without JavaScript the button stays hidden and the text is selectable.
for (const block of document.querySelectorAll("[data-copy]")) {
  const button = block.querySelector("button");
  const status = block.querySelector("[role=status]");
  const source = block.querySelector("pre");
  if (!button || !status || !source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      status.textContent = block.dataset.copied;
    } catch {
      // The browser refused the clipboard: the text is selected instead, for Ctrl+C.
      getSelection().selectAllChildren(source);
      status.textContent = block.dataset.selected;
    }
    setTimeout(() => { status.textContent = ""; }, 5000);
  });
}
