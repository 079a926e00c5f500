// A page with nothing on it but the account.

import { start } from "./session.js";

start();
