// Before the first paint, so that it does not flash in the other colours.
const theme = localStorage.getItem('theme');
if (theme !== null) document.documentElement.dataset.theme = theme;
