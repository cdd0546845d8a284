// Land, coasts and borders as SVG paths in the projection of serve/charts.py (Equal Earth, 960 x 468), for <use>.
// Written to the path given; shapes from world-atlas 110m (Natural Earth, public domain).
import { readFileSync, writeFileSync } from "node:fs";
import { geoEqualEarth, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";

const world = JSON.parse(readFileSync(new URL("./node_modules/world-atlas/countries-110m.json", import.meta.url)));
const scale = 960 / (2 * 2.7066299836);
const path = geoPath(geoEqualEarth().scale(scale).translate([480, 234])).digits(1);
const land = path(feature(world, world.objects.land));
const borders = path(mesh(world, world.objects.countries, (a, b) => a !== b));
const sphere = path({ type: "Sphere" });
writeFileSync(process.argv[2], `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 468"><path id="sphere" d="${sphere}"/><path id="land" d="${land}"/><path id="borders" d="${borders}"/></svg>\n`);
