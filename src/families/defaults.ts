/** What a family takes when it is not told. */
import type { Body } from "../bodies/body.ts";
import { dense } from "../bodies/dense.ts";

export const defaultBody: Body = dense([256, 128]);
