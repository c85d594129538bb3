"""Next-frame prediction: RNN, LSTM, GRU, TCN, ConvLSTM, rollouts and warping."""
