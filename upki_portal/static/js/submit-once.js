// A second click on a form that is on its way is ignored. The server is safe against two clicks anyway; this spares the
// second one its error page. Buttons are not disabled: a disabled one would not send its name and value.
const AGAIN_AFTER_MS = 10_000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.repeatable !== undefined) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  // An answer that is a file leaves this page in place: the form must work again.
  setTimeout(release, AGAIN_AFTER_MS, form);
});

addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});
