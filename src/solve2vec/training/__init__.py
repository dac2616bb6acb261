"""Training: the models of word2vec by gradient descent, on the corpus, window and vocabulary of the closed form."""

from . import cbow as cbow
from . import population as population
from . import quadratic as quadratic
from . import sgns as sgns
from . import weighted as weighted
