/* Only comfort: copying, and Escape. Every page is whole without it. */
"use strict";
document.documentElement.classList.add("js");

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const holder = document.getElementById(button.getAttribute("data-copy"));
  const shown = holder && [...holder.querySelectorAll("pre")].find((each) => each.offsetParent);
  const text = (shown || holder).textContent.trim();
  const word = button.textContent;
  try { await navigator.clipboard.writeText(text); button.textContent = document.body.dataset.copied; } catch { button.textContent = document.body.dataset.press; getSelection().selectAllChildren(shown || holder); }
  setTimeout(() => { button.textContent = word; }, 1600);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.pick[open]")) { open.open = false; open.querySelector("summary").focus(); }
});
