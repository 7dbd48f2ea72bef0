// What every page does once its markup is there. Each module looks for its own elements and does nothing without.

import { enableActing } from "./acting.js";
import { enableCommands } from "./commands.js";
import { enableCopying } from "./copy.js";
import { enableFaultForm } from "./faults.js";
import { enableKeys } from "./keys.js";
import { enableLoading } from "./loading.js";
import { enableNews } from "./news.js";
import { enablePreferences } from "./preferences.js";
import { markRead } from "./reading.js";
import { enableReturning } from "./returning.js";
import { enableSearches } from "./saved.js";
import { enableSelection } from "./selection.js";
import { enableSuggestions } from "./suggest.js";
import { enableTests } from "./as-test.js";
import { enableTimes } from "./times.js";
import { enableToasts } from "./toast.js";

enableTimes();
enableToasts();
enableCopying();
enableTests();
enableSelection();
enableActing();
enablePreferences();
enableSearches();
enableSuggestions();
enableCommands();
enableFaultForm();
enableKeys();
enableNews();
enableLoading();
markRead();
enableReturning();
