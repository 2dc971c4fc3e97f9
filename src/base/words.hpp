// SPDX-License-Identifier: Apache-2.0
//
// What random names of containers are made of: a pleasant adjective, and somebody to whom science
// or engineering owes something.
#pragma once

#include <array>
#include <string_view>

namespace strata::words {

// clang-format off
inline constexpr auto kAdjectives = std::to_array<std::string_view>({
    "able", "agile", "airy", "alert", "amber", "ample", "apt", "ardent", "artful", "astute",
    "attentive", "autumn", "balmy", "basic", "bold", "bonny", "brave", "breezy", "bright",
    "brisk", "bronze", "calm", "candid", "careful", "cheery", "chief", "civil", "classic",
    "clear", "clever", "coastal", "cosmic", "cozy", "crisp", "curious", "dapper", "daring",
    "dawning", "deft", "diligent", "distant", "dreamy", "driven", "dusty", "eager", "earnest",
    "earthy", "easy", "elated", "elegant", "eminent", "even", "exact", "fabled", "fair",
    "faithful", "famous", "fearless", "fertile", "festive", "fine", "fleet", "fluent", "fond",
    "forest", "frank", "free", "fresh", "frosty", "frugal", "gallant", "genial", "gentle",
    "gifted", "glad", "gleaming", "golden", "graceful", "grand", "grateful", "happy", "hardy",
    "hearty", "helpful", "honest", "hopeful", "humble", "ideal", "inky", "intent", "inventive",
    "ivory", "jaunty", "jolly", "jovial", "joyful", "keen", "kind", "lasting", "lavish", "level",
    "limber", "lively", "logical", "loyal", "lucid", "lucky", "lunar", "lush", "mellow", "merry",
    "mighty", "mild", "modest", "mossy", "moving", "neat", "nimble", "noble", "northern", "novel",
    "oaken", "open", "orderly", "patient", "peaceful", "placid", "plain", "pleasant", "plucky",
    "poised", "polite", "precise", "proper", "proud", "prudent", "punctual", "quaint", "quick",
    "quiet", "radiant", "rapid", "rare", "ready", "regal", "reliable", "rested", "robust", "rosy",
    "rustic", "sandy", "savvy", "secret", "serene", "sharp", "shiny", "silent", "silver",
    "simple", "sincere", "smart", "smooth", "snowy", "sober", "solar", "solid", "sound",
    "spirited", "spry", "stable", "stately", "steady", "stellar", "stoic", "strong", "sturdy",
    "subtle", "sunny", "supple", "sure", "swift", "tacit", "tender", "thrifty", "tidal", "tidy",
    "timely", "tranquil", "trusty", "upbeat", "urbane", "valiant", "vernal", "vibrant",
    "vigilant", "vivid", "warm", "watchful", "wise", "witty", "worthy", "zealous", "zesty",
});

inline constexpr auto kSurnames = std::to_array<std::string_view>({
    "abel", "agnesi", "alhazen", "ampere", "anning", "apgar", "archimedes", "aryabhata",
    "avogadro", "babbage", "backus", "banneker", "banting", "bardeen", "bartik", "bassi",
    "becquerel", "bell", "bellman", "bernoulli", "bhabha", "bhaskara", "biot", "blackwell",
    "bohr", "boltzmann", "boole", "born", "bose", "bragg", "brahe", "brahmagupta", "brattain",
    "burnell", "cannon", "cantor", "cardano", "carnot", "carson", "carver", "cauchy", "cavendish",
    "celsius", "cerf", "chandrasekhar", "chatelet", "chebyshev", "church", "copernicus", "cori",
    "coulomb", "cray", "crick", "curie", "dalton", "darwin", "davy", "dedekind", "descartes",
    "dijkstra", "diophantus", "dirac", "doppler", "dyson", "eccles", "edison", "ehrlich",
    "einstein", "elion", "engelbart", "eratosthenes", "erdos", "euclid", "euler", "faraday",
    "fermat", "fermi", "feynman", "fibonacci", "fisher", "fleming", "fourier", "franklin",
    "fresnel", "galileo", "galois", "galvani", "gauss", "germain", "gibbs", "goddard", "godel",
    "goeppert", "goodall", "grassmann", "haber", "hahn", "hamilton", "hamming", "hardy", "harvey",
    "hawking", "heaviside", "heisenberg", "helmholtz", "herschel", "hertz", "hilbert",
    "hipparchus", "hodgkin", "hollerith", "hooke", "hopper", "hubble", "humboldt", "hutton",
    "huygens", "hypatia", "jacobi", "jemison", "jenner", "johnson", "joliot", "joule", "kalman",
    "kapitsa", "kepler", "khayyam", "kilby", "klein", "knuth", "kolmogorov", "kovalevskaya",
    "lagrange", "lamarr", "landau", "laplace", "lavoisier", "leakey", "leavitt", "lebesgue",
    "leeuwenhoek", "legendre", "leibniz", "linnaeus", "liskov", "lister", "lorentz", "lovelace",
    "lyapunov", "lyell", "maathai", "mach", "marconi", "markov", "matsumoto", "maxwell", "mayer",
    "mcclintock", "meitner", "mendel", "mendeleev", "merian", "michelson", "millikan",
    "minkowski", "mirzakhani", "mobius", "moivre", "montessori", "morley", "morse", "napier",
    "nash", "neumann", "newton", "nightingale", "nobel", "noether", "noyce", "ohm", "oppenheimer",
    "oresme", "ostrom", "pappus", "pascal", "pasteur", "pauli", "pauling", "peano", "perkins",
    "planck", "poincare", "poisson", "pontryagin", "priestley", "ptolemy", "pythagoras", "raman",
    "ramanujan", "rayleigh", "ride", "riemann", "ritchie", "roentgen", "rubin", "rutherford",
    "sagan", "salam", "sammet", "sanger", "schrodinger", "shannon", "sinoussi", "snell", "snyder",
    "somerville", "stokes", "stonebraker", "sutherland", "swirles", "tesla", "thales", "tharp",
    "thompson", "torvalds", "turing", "tycho", "varahamihira", "vaughan", "venn", "vesalius",
    "vieta", "volta", "wallace", "wallis", "watson", "watt", "wegener", "weierstrass", "weyl",
    "wien", "wiener", "wiles", "williams", "wilson", "wozniak", "wright", "wu", "yalow", "yonath",
    "yukawa", "zeno", "zhukovsky", "zuse",
});
// clang-format on

} // namespace strata::words
