// The server says how light the pages of administrators are; what these pages once kept for themselves is forgotten.
localStorage.removeItem("adminTheme");
