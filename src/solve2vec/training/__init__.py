"""Training: the models of word2vec by gradient descent, on the corpus, window and vocabulary of the closed form."""
