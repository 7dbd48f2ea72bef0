// What must be right before the page is first painted: times in the reader's zone, the saved searches.

import { showSearches } from "./saved.js";
import { localise } from "./times.js";

localise(document);
showSearches();
