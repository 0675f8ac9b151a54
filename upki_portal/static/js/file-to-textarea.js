// <input type="file" data-fill="ID OF A TEXTAREA">: shows the chosen PEM file in the textarea, so that one sees what is
// sent. A file with a private key is put down here, before it leaves the computer. A binary (DER) file is sent as it is.
const LARGEST_BYTES = 64 * 1024;

for (const input of document.querySelectorAll("input[type=file][data-fill]")) {
  const target = document.getElementById(input.dataset.fill);
  if (!target) continue;
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
      status.textContent = input.dataset.privateKey ?? "";
      return;
    }
    if (!text.trimStart().startsWith("-----BEGIN")) return;
    target.value = text;
    input.value = "";
    status.textContent = input.dataset.filled ?? "";
  });
}
