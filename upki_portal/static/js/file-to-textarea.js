// [data-file-to-text]: shows the chosen PEM file in the textarea beside it, so that one sees what is sent. A file with a
// private key is put down here, before it leaves the computer. A binary (DER) file is sent as it is.
const LARGEST_BYTES = 64 * 1024;

for (const group of document.querySelectorAll("[data-file-to-text]")) {
  const input = group.querySelector("input[type=file]");
  const target = group.querySelector("textarea");
  if (!input || !target) continue;
  const status = document.createElement("p");
  status.className = "field__help";
  status.setAttribute("role", "status");
  input.after(status);
  input.addEventListener("change", async () => {
    const [file] = input.files;
    status.textContent = "";
    if (!file || file.size > LARGEST_BYTES) return;
    const text = await file.text();
    if (text.includes("PRIVATE KEY")) {
      input.value = "";
      status.textContent = group.dataset.privateKey;
    } else if (text.trimStart().startsWith("-----BEGIN")) {
      target.value = text;
      input.value = "";
      status.textContent = group.dataset.filled;
    }
  });
}
