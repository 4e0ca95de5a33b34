/** The network of families that something else than a small code keeps from copying pictures. */
import { CELL, placesOf, spatial } from "../bodies/spatial.ts";
import type { Layout } from "../losses/layout.ts";
import type { CommonOptions, Suggestion } from "./family.ts";

/**
 * For samples of `[height, width, channels]` the spatial body with a code of as many numbers as
 * pixels; nothing where the user asks for another body, or for a code that is no picture.
 */
export function spacious({ shape }: Layout, { body, latent }: CommonOptions): Suggestion {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || (body !== undefined && body.name !== "spatial")) return {};
  const [down, across] = placesOf([height as number, width as number]);
  const places = down * across;
  if (latent !== undefined && latent % places !== 0) return {};
  return { body: body ?? spatial(), latent: latent ?? places * CELL * CELL * (channels as number) };
}
