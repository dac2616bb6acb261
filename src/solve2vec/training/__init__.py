"""Training: the models of word2vec by gradient descent, on the corpus, window and vocabulary of the closed form."""

from .full_batch import population as population
from .full_batch import weighted as weighted
from .sampled import cbow as cbow
from .sampled import quadratic as quadratic
from .sampled import sgns as sgns
