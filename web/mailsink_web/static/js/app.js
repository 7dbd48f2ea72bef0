// What every page does once its markup is there. Each module looks for its own elements and does nothing without.

import { follow } from "./live.js";
import { enableCopying } from "./copy.js";
import { enableKeys } from "./keys.js";
import { enableList } from "./list.js";
import { markRead } from "./reading.js";
import { localise } from "./times.js";

localise(document);
enableCopying();
enableKeys();
enableList(follow);
markRead();
