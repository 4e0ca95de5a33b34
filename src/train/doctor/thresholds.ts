/**
 * Where the doctor draws its lines, each with its reason. "Healthy runs" are the default runs of
 * the suite's small data, of handwritten digits and of census tables; what they showed is given, so
 * that a line can be moved with open eyes.
 */
export const THRESHOLDS = {
  /**
   * Variance over rows of a number of the code that is in use: Burda, Grosse and Salakhutdinov,
   * "Importance weighted autoencoders" (2015), appendix C.
   */
  active: 0.01,
  /** Share of the code in use below which it has collapsed. Images in a code twice too large: 0.5. */
  activeShare: 0.25,
  /** The same where the KL weighs more than the likelihood asks for: then what is idle was pushed out. */
  activeShareWeighted: 0.6,
  /**
   * Nats a unit in use tells, on average. At 0.25 the signal is 1 − exp(−0.5) = 0.39 of a unit's
   * variance: it is drowned by its own noise. Healthy runs: 1 and more.
   */
  faint: 0.25,
  /**
   * Nats a number of the code tells where the KL weighs more than the likelihood asks for, those
   * out of use counted in. On digits: 0.35 with beta 20, 2.6 with beta 1.
   */
  faintWeighted: 0.5,

  /**
   * Share of a hidden layer that is off in every row. Rectifiers die in healthy runs as well: up to
   * 0.5 on digits, 0.75 with a learning rate 100 times the usual, and without harm.
   */
  deadShare: 0.9,
  /**
   * Share of a code that is off in every row. Sparse codes of small tables, four times as wide as
   * the row: 0.5. Gao et al., "Scaling and evaluating sparse autoencoders" (2024), call 0.07 good
   * and 0.9 the disease.
   */
  deadCodeShare: 0.6,
  /** Times that each unit of a code would be on in the probe, were all equal, to be judged by it. */
  chances: 10,

  /** Share of the spread left unexplained: 1 is the average row. Healthy runs: 0.4 and less. */
  noProgress: 0.95,

  /**
   * Gradient of the first layer by that of the largest, a weight each. Healthy runs, and tanh or
   * ReLU 18 layers deep: 0.004 and more. Sigmoid 12 layers deep: 2e-7.
   */
  vanishing: 1e-4,
  /** Gradient of an epoch by the median of those before. */
  exploding: 10,
  /** Rise of the loss in that epoch, as a share of all it had fallen by; falls make gradients grow too. */
  explodingRise: 0.5,

  /** Rows below which the tenth that is held out would be fewer than ten, and say nothing. */
  fewRows: 100,

  /** Rise of the held-out loss after its best epoch, as a share of all it had fallen by. */
  heldOutRise: 0.1,
  /** Unexplained share of held-out rows above that of training rows, and as a multiple of it. */
  gap: 0.1,
  gapRatio: 2,

  /**
   * NDCG@100 of a recommender by that of showing everybody the most popular. Healthy runs: 1.4 and
   * more; networks that learnt nothing but popularity: 0.97 to 1.03.
   */
  popular: 1.05,
  /** The same, below which not even popularity was learnt. */
  lost: 0.9,
  /** Of the first 20 of a user, the share that are the most popular ones. Healthy runs: 0.4 and less. */
  alike: 0.8,
  /** Rise of 1 − NDCG@100 after its best epoch, as a share of all it had fallen by. */
  rankingRise: 0.2,

  /** Error by PCA's. Another seed moves it by a few hundredths. */
  worse: 1.05,
  /** Unexplained shares below this are good whatever PCA does. */
  good: 0.02,

  /** Unexplained share of data below which a code as large as the row may be a copy. */
  copied: 0.02,
  /**
   * Unexplained share of rows whose features come from different rows. Models that know the data
   * cannot show those: 0.7 to 1.2 in healthy runs. Copies: 0.2 to 0.35.
   */
  copiedShuffled: 0.5,
} as const;
