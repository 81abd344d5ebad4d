# The single-service Tobit in brms with its defaults: rows, priors, where to write.
# A second fit with the compiled model shows what reuse saves.
suppressPackageStartupMessages({library(brms); library(jsonlite)})
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1]); belief <- fromJSON(arguments[2]); out <- arguments[3]
terms <- c(belief$exposures, belief$controls, sprintf("(1 | %s)", belief$groups))
form <- bf(as.formula(paste("y | cens(censored) ~", paste(terms, collapse = " + "))))
normal <- function(pair) sprintf("normal(%.10g, %.10g)", pair[1], pair[2])
half <- function(scale) sprintf("normal(0, %.10g)", scale)
priors <- c(
  set_prior(normal(belief$intercept), class = "Intercept"),
  set_prior(half(belief$residual_sd), class = "sigma")
)
for (x in belief$exposures) {
  priors <- c(priors, set_prior(normal(c(belief$exposure[1], belief$exposure_marginal)), class = "b", coef = x))
}
for (z in belief$controls) priors <- c(priors, set_prior(normal(belief$control), class = "b", coef = z))
for (g in belief$groups) priors <- c(priors, set_prior(half(belief$group_sd[[g]]), class = "sd", group = g))
started <- proc.time()[["elapsed"]]
model <- brm(form, rows, prior = priors, chains = 0, silent = 2, refresh = 0)
compiled <- proc.time()[["elapsed"]]
# Stan's own starting values put sigma near 1, where the tails of far censored rows underflow and no chain starts.
start <- function() list(Intercept = mean(rows$y), sigma = sd(rows$y))
fit <- update(model, recompile = FALSE, init = start, chains = 4, iter = 2000, warmup = 1000, cores = 2, seed = 1, refresh = 0, silent = 2)
sampled <- proc.time()[["elapsed"]]
draws <- as_draws_array(fit)
top <- grep("^(b_|sd_|sigma$)", dimnames(draws)[[3]], value = TRUE)
kept <- draws[, , top]
divergences <- sum(subset(nuts_params(fit), Parameter == "divergent__")$Value)
# iteration varies fastest, then chain, then parameter
writeBin(as.double(kept), sub("\\.json$", ".bin", out), size = 8)
write_json(list(
  seconds = list(compile = compiled - started, sample = sampled - compiled),
  divergences = divergences, shape = dim(kept), version = as.character(packageVersion("brms"))
), out, auto_unbox = TRUE)
